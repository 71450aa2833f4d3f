package plumb.chat.jinja;

/** The two values that are no value. */
enum Nothing {
    NONE,
    UNDEFINED
}
