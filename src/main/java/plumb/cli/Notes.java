package plumb.cli;

import java.io.PrintWriter;
import plumb.train.RunListener;

/** Passes on what a run has to say, and nothing of its steps. */
record Notes(PrintWriter out) implements RunListener {
    @Override
    public void note(String words) {
        out.println(words);
        out.flush();
    }
}
