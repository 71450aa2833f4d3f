package plumb.eval.judge;

/** Somebody asked to stop: what a judge had not been sent yet was not sent. What it said before is kept. */
public final class JudgingStopped extends RuntimeException {
    private static final long serialVersionUID = 1;

    JudgingStopped(String judge) {
        super("stopped while " + judge + " was asked");
    }
}
