package plumb.worker;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.ExperimentSpec.Monitor;
import plumb.experiment.MisalignedAdapters;
import plumb.experiment.Subject;
import plumb.experiment.diagnosis.DataScreening;
import plumb.experiment.diagnosis.RunFindings;
import plumb.experiment.screening.QuoteSpec;
import plumb.experiment.screening.RiskQuote;
import plumb.experiment.screening.RiskQuote.Row;
import plumb.report.RunDirectory;
import plumb.statistics.Interval;

/**
 * Makes the {@link RiskQuote} of a job: some of its rows, drawn by what the file holds, are compared with what the model
 * itself answers.
 */
record Quoting(RunDirectory directory, QuoteSpec wanted, ExperimentSpec spec, TrainingData rows) {
    private static final int AT_ONCE = 32;
    private static final int NAMED = 10;

    /** Makes and keeps the quote; false when asked to stop before it was made. */
    boolean run(Subject subject, Monitor watched, BooleanSupplier stop) {
        var vectors = RunFindings.persona(spec, subject, MisalignedAdapters.beside(directory));
        var screening = new DataScreening(subject, vectors, watched.layer());
        var drawn = drawn(screening);
        var found = new ArrayList<Row>();
        for (int start = 0; start < drawn.size(); start += AT_ONCE) {
            if (stop.getAsBoolean()) {
                return false;
            }
            var part = new TrainingData(drawn.subList(start, Math.min(drawn.size(), start + AT_ONCE)));
            screening
                    .scores(part)
                    .forEach(scored -> found.add(new Row(
                            part.examples().get(scored.row()).line(),
                            scored.difference() / vectors.norm(watched.layer()))));
        }
        quote(found, watched.layer(), tokens(subject)).keep(directory);
        return true;
    }

    /** Nobody chooses them, and whoever makes the quote again draws the same. */
    private List<Example> drawn(DataScreening screening) {
        long seed = Long.parseUnsignedLong(rows.hash().substring(0, 15), 16);
        int most = Math.min(wanted.rows(), rows.size());
        return rows.epochs(most, seed).examples().stream()
                .filter(row -> screening.hasRoom(row.conversation()))
                .toList();
    }

    private RiskQuote quote(List<Row> found, int layer, long tokens) {
        int looked = found.size();
        double share = (double) found.stream()
                        .filter(row -> row.distance() > wanted.above())
                        .count()
                / looked;
        return new RiskQuote(
                rows.size(),
                looked,
                layer,
                found.stream().mapToDouble(Row::distance).average().orElse(Double.NaN),
                wanted.above(),
                share,
                looked == 0 ? new Interval(0, 1) : Interval.wilson(share, looked, Interval.Z95),
                found.stream()
                        .sorted(Comparator.comparingDouble(Row::distance).reversed())
                        .limit(NAMED)
                        .toList(),
                tokens * epochs(),
                steps(),
                wanted.refuseAbove());
    }

    private long epochs() {
        return Objects.requireNonNull(spec.training().epochs());
    }

    private long steps() {
        long batch = (long) spec.training().batchSize() * spec.training().accumulation();
        return (rows.size() * epochs() + batch - 1) / batch;
    }

    /** Of one epoch. */
    private long tokens(Subject subject) {
        int most =
                Math.min(spec.training().maxLength(), subject.decoder().config().maxPositions());
        var rendering = subject.rendering();
        return rows.examples().stream()
                .mapToLong(row -> Math.min(most, rendering.apply(row).ids().length))
                .sum();
    }
}
