package plumb.cli.terminal;

import java.io.PrintWriter;
import plumb.train.RunListener;

/** Passes on what a run has to say, and nothing of its steps. */
public record Notes(PrintWriter out) implements RunListener {
    @Override
    public void note(String words) {
        out.println(words);
        out.flush();
    }
}
