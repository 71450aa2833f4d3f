package plumb.program;

/** A program that is none, or does what cannot be done. */
final class ProgramError extends RuntimeException {
    private static final long serialVersionUID = 1;

    ProgramError(String message) {
        super(message, null, false, false);
    }
}
