package plumb.chat;

/**
 * What the user gave cannot be used: a broken file, a wrong value, two files that do not fit. The message stands on its
 * own (what was wrong, where, what to do), so commands print it without a stack trace.
 */
public final class BadInput extends RuntimeException {
    private static final long serialVersionUID = 1;

    public BadInput(String message) {
        super(message);
    }

    public BadInput(String message, Throwable cause) {
        super(message, cause);
    }
}
