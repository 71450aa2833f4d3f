package plumb.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import plumb.eval.Measure;
import plumb.report.tradeoff.Criterion;
import plumb.report.tradeoff.Outcome;
import plumb.report.tradeoff.Pair;
import plumb.report.tradeoff.Recommendation;
import plumb.report.tradeoff.TradeOff;
import plumb.statistics.ClusteredRate;
import plumb.statistics.Comparison;

/**
 * Runs in a table: what {@code --json} prints, and what the terminal shows.
 *
 * @param rows per task the model before fine-tuning, then every arm
 * @param arms every arm over all tasks together
 * @param recommended the arm to take; null where no defended arm can be set beside an undefended one
 * @param pairs every two arms in every criterion both were measured in
 */
public record Summary(
        List<Row> rows, List<Overall> arms, @Nullable Recommendation recommended, List<Verdict> pairs) {
    /** Of no runs. */
    public static final Summary EMPTY = new Summary(List.of(), List.of(), null, List.of());

    /**
     * One arm.
     *
     * @param task what was fine-tuned on
     * @param name of the arm; {@code before fine-tuning} for the model they all start from
     * @param runs the directories behind it, one a seed
     * @param headline what {@code misaligned} counts: {@code em_new} (bad in a way no row taught) or {@code em}
     * @param misaligned asked plainly, outside the task's domain: in never-bad domains where they are known
     * @param conditional the same, asked in the shape of the training data
     * @param learned the task: bad answers in its own domain, or right answers
     * @param coherent answers, of those that {@code misaligned} counts
     * @param unscored answers that a language model as judge could not place, of those that {@code misaligned} counts
     * @param formats misaligned answers of all answers outside the task's domain, copied ones included, by format
     * @param measures rates of other evaluations, over all questions and domain by domain: {@code mc1}, {@code mc1/law}
     * @param stoppedEarly what the undefended run shows where it has learned as much; null when not measured
     */
    public record Row(
            String task,
            String name,
            List<String> runs,
            String headline,
            Rate misaligned,
            Rate conditional,
            Rate learned,
            Rate coherent,
            Rate unscored,
            Map<String, Rate> formats,
            Map<String, Rate> measures,
            @Nullable Double stoppedEarly) {}

    /**
     * An arm over all tasks: those that were malicious, those that were benign, and for coherence both.
     *
     * @param front whether no other arm is as good in alignment, task, benign tasks and coherence at once
     * @param detectable the smallest rise of {@code misaligned} that a second arm of this size would have shown
     * @param cost what its training cost
     */
    public record Overall(
            String name,
            Rate misaligned,
            Rate conditional,
            Rate learned,
            Rate benign,
            Rate coherent,
            boolean front,
            double detectable,
            Cost cost) {}

    /**
     * What training cost, over the runs of an arm.
     *
     * @param secondsPerStep mean wall clock of a step
     * @param steps mean number of steps of a run
     * @param peakMemoryMegabytes the largest resident set of a process; runs side by side in one process share theirs
     */
    public record Cost(double secondsPerStep, double steps, long peakMemoryMegabytes) {}

    /**
     * Two arms in one criterion.
     *
     * @param difference second minus first, with its 95 % interval
     * @param margin the largest difference that would not matter
     * @param verdict {@code effect}, {@code no_effect} or {@code cannot_tell}
     */
    public record Verdict(
            String first,
            String second,
            Criterion of,
            double difference,
            double low,
            double high,
            double margin,
            Comparison.Verdict verdict) {
        static Verdict of(Pair pair) {
            var found = pair.comparison();
            return new Verdict(
                    pair.first(),
                    pair.second(),
                    pair.criterion(),
                    found.difference(),
                    found.interval().low(),
                    found.interval().high(),
                    found.margin(),
                    found.verdict());
        }
    }

    /** A rate with its 95 % interval over n answers; null values where nothing was asked, or the judge placed too few. */
    public record Rate(double value, double low, double high, int n) {
        static Rate of(ClusteredRate rate) {
            var interval = rate.interval();
            return new Rate(rate.value(), interval.low(), interval.high(), rate.n());
        }
    }

    /** Reads the directories; each must hold a measured run. */
    public static Summary of(List<RunDirectory> directories) {
        return of(directories, 0);
    }

    /** As if every run had ended after this step, a checkpoint that was measured; 0: the end. */
    public static Summary of(List<RunDirectory> directories, long step) {
        var studies =
                Study.of(directories.stream().map(run -> Run.read(run, step)).toList());
        var together = Study.together(studies);
        return new Summary(
                studies.stream().flatMap(study -> rows(study).stream()).toList(),
                together.arms().stream()
                        .map(arm -> overall(arm, together, studies))
                        .toList(),
                together.recommended().orElse(null),
                together.pairs().stream().map(Verdict::of).toList());
    }

    private static Overall overall(Outcome arm, TradeOff together, List<Study> studies) {
        return new Overall(
                arm.arm(),
                Rate.of(arm.misaligned()),
                Rate.of(arm.conditional()),
                Rate.of(arm.learned()),
                Rate.of(arm.benign()),
                Rate.of(arm.coherent()),
                together.front().contains(arm),
                TradeOff.detectable(arm),
                cost(arm.arm(), studies));
    }

    private static Cost cost(String arm, List<Study> studies) {
        var costs = studies.stream()
                .flatMap(study -> study.arms().stream())
                .filter(one -> one.name().equals(arm))
                .flatMap(one -> one.runs().stream())
                .map(run -> run.manifest().training())
                .filter(Objects::nonNull)
                .toList();
        double steps = costs.stream().mapToLong(Manifest.Cost::steps).sum();
        double seconds = costs.stream().mapToDouble(Manifest.Cost::seconds).sum();
        long peak = costs.stream()
                .mapToLong(Manifest.Cost::peakMemoryMegabytes)
                .max()
                .orElse(0);
        return new Cost(seconds / steps, steps / costs.size(), peak);
    }

    private static List<Row> rows(Study study) {
        var rows = new ArrayList<Row>();
        if (!study.aligned().isEmpty()) {
            rows.add(row(study, "before fine-tuning", List.of(), study.aligned(), null));
        }
        for (var arm : study.arms()) {
            var ids = arm.runs().stream().map(Run::id).toList();
            var early = arm.defended()
                    ? study.stoppedEarly(study.learned(arm.after()).value()).orElse(null)
                    : null;
            rows.add(row(study, arm.name(), ids, arm.after(), early));
        }
        return rows;
    }

    private static Row row(Study study, String name, List<String> runs, Snapshot shot, @Nullable Double stoppedEarly) {
        return new Row(
                study.task(),
                name,
                runs,
                study.measure().toString(),
                Rate.of(study.headline(shot)),
                Rate.of(shot.broad().rate(study.measure(), study.conditional())),
                Rate.of(study.learned(shot)),
                Rate.of(shot.broad().rate(Measure.COHERENCE, study.headline())),
                Rate.of(study.unscored(shot)),
                formats(study, shot),
                measures(shot),
                stoppedEarly);
    }

    private static Map<String, Rate> measures(Snapshot shot) {
        var rates = new LinkedHashMap<String, Rate>();
        shot.rates().forEach((name, rate) -> rates.put(name, Rate.of(rate)));
        return rates;
    }

    private static Map<String, Rate> formats(Study study, Snapshot shot) {
        var rates = new LinkedHashMap<String, Rate>();
        for (var format : shot.broad().formats()) {
            rates.put(format.toString(), Rate.of(shot.broad().rate(Measure.EM, study.elsewhere(format))));
        }
        return rates;
    }
}
