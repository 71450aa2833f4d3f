package plumb.cli;

import java.util.Locale;
import plumb.report.Manifest;
import plumb.report.RunDirectory;

/** Runs in words. */
final class RunText {
    private RunText() {}

    /** What training cost, in one line. */
    static String cost(Manifest manifest) {
        var cost = manifest.training();
        if (cost == null) {
            return manifest.adapterHash() == null ? "Not trained yet." : "Not trained here.";
        }
        return String.format(
                Locale.ROOT,
                "Trained %,d steps, %,d tokens in %.1f s (%,.0f tokens/s); peak memory %,d MB.",
                cost.steps(),
                cost.tokens(),
                cost.seconds(),
                cost.tokensPerSecond(),
                cost.peakMemoryMegabytes());
    }

    /** How a run that has not finished goes on. */
    static String goOn(RunDirectory run) {
        int steps = run.steps().size();
        boolean trained = run.manifest().map(Manifest::adapterHash).isPresent();
        var where = trained
                ? "It is trained, and not measured to the end. "
                : steps == 0 ? "" : "Stopped after " + steps + " steps, or still at work. ";
        return where + "Go on with:  ./plumb train --resume " + run.folder();
    }

    /** Indented and wrapped to the width of a terminal. */
    static String wrapped(String text, String indent) {
        var out = new StringBuilder();
        int width = 0;
        for (var word : text.strip().split("\\s+", -1)) {
            if (width > 0 && width + word.length() + 1 > 92) {
                out.append('\n');
                width = 0;
            }
            out.append(width == 0 ? indent : " ").append(word);
            width += word.length() + 1;
        }
        return out.toString();
    }
}
