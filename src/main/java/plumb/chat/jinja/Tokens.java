package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The words inside one tag, read one after another. */
final class Tokens {
    private static final Set<String> DOUBLE_SYMBOLS = Set.of("==", "!=", "<=", ">=", "//", "**");
    private static final Pattern NUMBER = Pattern.compile("[0-9][0-9_]*(\\.[0-9]+)?([eE][+-]?[0-9]+)?");
    private static final String SYMBOLS = "+-*/%~=<>()[]{}.,:|";

    private final String code;
    private final List<Token> tokens = new ArrayList<>();
    private int line;
    private int next;

    Tokens(Segment tag) {
        this.code = tag.content();
        this.line = tag.line();
        int at = 0;
        while (at < code.length()) {
            at = scan(at);
        }
        tokens.add(new Token(Token.Kind.END, "the end of the tag", line));
    }

    Token peek() {
        return tokens.get(next);
    }

    Token peekSecond() {
        return tokens.get(Math.min(next + 1, tokens.size() - 1));
    }

    Token take() {
        var token = peek();
        if (token.kind() != Token.Kind.END) {
            next++;
        }
        return token;
    }

    /** Takes the next word if it is this one. */
    boolean takeIf(String value) {
        boolean matches = peek().is(value) && peek().kind() != Token.Kind.END;
        if (matches) {
            next++;
        }
        return matches;
    }

    void expect(String value) {
        if (!takeIf(value)) {
            throw unexpected("expected '" + value + "'");
        }
    }

    String expectName() {
        if (peek().kind() != Token.Kind.NAME) {
            throw unexpected("expected a name");
        }
        return take().value();
    }

    void expectEnd() {
        if (peek().kind() != Token.Kind.END) {
            throw unexpected("expected the end of the tag");
        }
    }

    TemplateException unexpected(String what) {
        return new TemplateException(peek().line(), what + ", found '" + peek().value() + "'");
    }

    private int scan(int at) {
        char c = code.charAt(at);
        if (Character.isWhitespace(c)) {
            line += c == '\n' ? 1 : 0;
            return at + 1;
        }
        if (c == '"' || c == '\'') {
            return string(at);
        }
        if (c >= '0' && c <= '9') {
            return number(at);
        }
        if (Character.isJavaIdentifierStart(c) && c != '$') {
            int end = at + 1;
            while (end < code.length() && Character.isJavaIdentifierPart(code.charAt(end))) {
                end++;
            }
            return add(Token.Kind.NAME, code.substring(at, end), end);
        }
        if (at + 2 <= code.length() && DOUBLE_SYMBOLS.contains(code.substring(at, at + 2))) {
            return add(Token.Kind.SYMBOL, code.substring(at, at + 2), at + 2);
        }
        if (SYMBOLS.indexOf(c) >= 0) {
            return add(Token.Kind.SYMBOL, String.valueOf(c), at + 1);
        }
        throw new TemplateException(line, "unexpected character '" + c + "'");
    }

    private int number(int at) {
        var number = NUMBER.matcher(code).region(at, code.length());
        if (!number.lookingAt()) {
            throw new TemplateException(line, "a number is written in a way that is not supported");
        }
        boolean decimal = number.group(1) != null || number.group(2) != null;
        return add(
                decimal ? Token.Kind.DECIMAL : Token.Kind.INTEGER,
                number.group().replace("_", ""),
                number.end());
    }

    private int string(int start) {
        var text = new StringBuilder();
        for (int i = start + 1; i < code.length(); i++) {
            char c = code.charAt(i);
            line += c == '\n' ? 1 : 0;
            if (c == code.charAt(start)) {
                return add(Token.Kind.STRING, text.toString(), i + 1);
            }
            if (c == '\\' && i + 1 < code.length()) {
                i = escape(i + 1, text);
            } else {
                text.append(c);
            }
        }
        throw new TemplateException(line, "a string is never closed");
    }

    /** Appends what the escape at {@code at} means and returns its last position. */
    private int escape(int at, StringBuilder text) {
        char c = code.charAt(at);
        int digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
        if (digits > 0) {
            try {
                text.appendCodePoint(Integer.parseInt(code.substring(at + 1, at + 1 + digits), 16));
            } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
                throw new TemplateException(line, "a string has a broken \\" + c + " escape");
            }
            return at + digits;
        }
        int known = "ntrbf0\\'\"\n".indexOf(c);
        if (known < 0) {
            text.append('\\').append(c);
        } else if (c != '\n') {
            text.append("\n\t\r\b\f\0\\'\"".charAt(known));
        }
        return at;
    }

    private int add(Token.Kind kind, String value, int end) {
        tokens.add(new Token(kind, value, line));
        return end;
    }
}
