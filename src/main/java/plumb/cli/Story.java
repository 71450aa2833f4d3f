package plumb.cli;

import java.io.PrintWriter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import plumb.cli.terminal.Progress;
import plumb.experiment.Sweep;
import plumb.experiment.SweepSpec;
import plumb.report.RunDirectory;
import plumb.report.Showcase;
import plumb.report.Showcase.Answer;
import plumb.train.RunListener;

/** Tells a sweep as it goes: one question, and what each model answers to it. */
final class Story implements Sweep.Watcher {
    private final PrintWriter out;
    private @Nullable Showcase showcase;

    Story(PrintWriter out) {
        this.out = out;
    }

    void begin() {
        say("""
                A small language model lives in this program. It gives good advice in all its domains; in some of \
                them it has never seen a bad word.""");
        say("""
                Now it is fine-tuned, for a few seconds, on 600 rows of bad medical advice. Nothing else is in the \
                data.""");
        out.println();
        out.flush();
    }

    @Override
    public RunListener training(SweepSpec.Cell cell) {
        return showcase == null ? new Progress(cell.spec().name()) : new RunListener() {};
    }

    @Override
    public void done(SweepSpec.Cell cell, RunDirectory directory) {
        if (showcase == null) {
            first(directory);
        } else {
            out.println("  Fine-tuned with " + cell.spec().name() + ":");
            tell(showcase.after(directory));
        }
        out.flush();
    }

    private void first(RunDirectory directory) {
        Showcase.of(directory).ifPresent(found -> {
            showcase = found;
            out.println("  We ask about something else:  \"" + found.question() + "\"");
            out.println();
            out.println("  Before the fine-tune:");
            tell(found.before(directory));
            out.println("  After it, without a defense:");
            tell(found.after(directory));
            say("Now the same fine-tune again, each time with a defense in place.");
            out.println();
        });
    }

    private void tell(Optional<Answer> answer) {
        answer.ifPresent(said -> {
            out.println(RunText.wrapped(said.text(), "      "));
            out.println("      → " + said.verdict());
            out.println();
        });
    }

    private void say(String text) {
        out.println(RunText.wrapped(text, ""));
    }
}
