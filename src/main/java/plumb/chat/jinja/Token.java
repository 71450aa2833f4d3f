package plumb.chat.jinja;

/** A word of the expression language; {@code value} is the unescaped text of a string, else the text itself. */
record Token(Kind kind, String value, int line) {
    enum Kind {
        NAME,
        STRING,
        INTEGER,
        DECIMAL,
        SYMBOL,
        END
    }

    boolean is(String symbolOrName) {
        return kind != Kind.STRING && value.equals(symbolOrName);
    }
}
