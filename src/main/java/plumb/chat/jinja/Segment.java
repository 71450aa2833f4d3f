package plumb.chat.jinja;

/**
 * A template cut at its tags.
 *
 * @param kind plain text, {@code {{ output }}} or <code>{% block %}</code>
 * @param content the text, or what stands inside the tag
 * @param line where it begins
 */
record Segment(Kind kind, String content, int line) {
    enum Kind {
        TEXT,
        OUTPUT,
        BLOCK
    }
}
