package plumb.eval.judge;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A judge cannot be asked now, for no fault of the answers: it is unreachable, refuses, or is set up wrongly. */
public final class JudgeAway extends UncheckedIOException {
    private static final long serialVersionUID = 1;

    /** @param message what is wrong, and what to do */
    public JudgeAway(String message) {
        super(message, new IOException(message));
    }
}
