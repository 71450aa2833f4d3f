package plumb.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plumb.eval.Measure;
import plumb.statistics.ClusteredRate;

/**
 * Runs in a table: what {@code --json} prints, and what the terminal shows.
 *
 * @param rows per task the model before fine-tuning, then every arm
 */
public record Summary(List<Row> rows) {
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
     * @param formats misaligned answers of all answers outside the task's domain, copied ones included, by format
     * @param measures rates that need no judge, over all questions and domain by domain: {@code mc1}, {@code mc1/law}
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
            Map<String, Rate> formats,
            Map<String, Rate> measures,
            @Nullable Double stoppedEarly) {}

    /** A rate with its 95 % interval over n answers; null values where nothing was asked. */
    public record Rate(double value, double low, double high, int n) {
        static Rate of(ClusteredRate rate) {
            var interval = rate.interval();
            return new Rate(rate.value(), interval.low(), interval.high(), rate.n());
        }
    }

    /** Reads the directories; each must hold a measured run. */
    public static Summary of(List<RunDirectory> directories) {
        var studies = Study.of(directories.stream().map(Run::read).toList());
        return new Summary(
                studies.stream().flatMap(study -> rows(study).stream()).toList());
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
