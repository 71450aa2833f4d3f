package plumb.chat.jinja;

/** A template that cannot be parsed or rendered; the message begins with the line. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1;

    TemplateException(int line, String message) {
        super("line " + line + ": " + message);
    }
}
