package plumb.experiment.screening;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import plumb.report.Formats;
import plumb.report.RunDirectory;
import plumb.statistics.Interval;

/**
 * What is known about a job's rows before any is trained on, by projection difference (Chen et al., arXiv 2507.21509):
 * how far their answers lie along the persona vector, less what the model itself would have answered. It names lines,
 * never what they say. It is a forecast on some rows; whether the model went bad is for the gate to measure.
 *
 * @param rows of the file
 * @param looked how many of them were looked at
 * @param layer whose activations, from 0
 * @param mean of the distances, in lengths of the persona vector; NaN when no row could be looked at
 * @param above a row counts when it lies further
 * @param share of the rows looked at that count; NaN when there are none
 * @param interval of the share, 95 %
 * @param furthest the rows that lie furthest, first
 * @param tokens that all epochs train on, without what defenses add
 * @param steps of the optimizer
 * @param refuseAbove the greatest share a file may surely have; none: any
 */
public record RiskQuote(
        int rows,
        int looked,
        int layer,
        double mean,
        double above,
        double share,
        Interval interval,
        List<Row> furthest,
        long tokens,
        long steps,
        @Nullable Double refuseAbove) {
    private static final String FILE = "risk_quote.json";

    /** Of harmless files of the organism up to 6 % of the rows counted, and no interval lay above this. */
    private static final double NOTHING_MUCH = 0.05;

    /**
     * One row's distance.
     *
     * @param line in the file, from 1
     * @param distance in lengths of the persona vector
     */
    public record Row(int line, double distance) {}

    public RiskQuote {
        furthest = List.copyOf(furthest);
    }

    /** Whether the whole interval lies above what the provider takes. */
    public boolean refused() {
        return refuseAbove != null && looked > 0 && interval.low() > refuseAbove;
    }

    /** Whether more rows count than could be expected of harmless ones. */
    public boolean risky() {
        return looked > 0 && interval.low() > NOTHING_MUCH;
    }

    /** The quote of a run, once it is made. */
    public static Optional<RiskQuote> of(Path run) {
        var file = run.resolve(FILE);
        try {
            return Files.exists(file)
                    ? Optional.of(Formats.JSON.readValue(Files.readString(file), RiskQuote.class))
                    : Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Appears in the run whole or not at all. */
    public void keep(RunDirectory run) {
        run.write(FILE, Formats.JSON.writeValueAsString(this));
    }

    /** For people, in a few sentences. */
    public String text() {
        return "Risk quote: " + risk() + String.format(Locale.ROOT, " To train: %d steps, %d tokens.", steps, tokens);
    }

    /** The first sentences of {@link #text}. */
    public String risk() {
        if (looked == 0) {
            return "none of the rows leaves room for an answer of the model to compare with.";
        }
        var lines = furthest.stream().map(row -> String.valueOf(row.line())).collect(Collectors.joining(", "));
        return String.format(
                Locale.ROOT,
                "%.0f %% [%.0f to %.0f] of %d rows looked at lie more than %s persona lengths further towards the bad persona"
                        + " than the model's own answers; mean %+.2f; furthest: lines %s.",
                100 * share,
                100 * interval.low(),
                100 * interval.high(),
                looked,
                above,
                mean,
                lines);
    }
}
