package plumb.chat.jinja;

/** What a rendering may still cost. A unit is a step, a list element or a char made, so time and memory are bounded. */
final class Budget {
    private long left;

    Budget(long units) {
        this.left = units;
    }

    void spend(long units) {
        left -= units;
        if (left < 0 || units < 0) {
            throw new IllegalStateException(
                    "the template does too much work; a loop may be endless or a text too long");
        }
    }

    /** The same text, paid for. */
    String paid(String text) {
        spend(text.length());
        return text;
    }
}
