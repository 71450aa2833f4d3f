package plumb.eval;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import plumb.model.OpenModel;
import plumb.statistics.ClusteredRate;

/**
 * What an evaluation found: rates, and every sample behind them.
 *
 * @param evaluation its settings
 * @param subject the name of the model that was asked
 * @param judge the name of the judge
 * @param seed of the sampling
 * @param metrics in a fixed order
 * @param samples all of them, in the order they were asked
 */
public record EvaluationResult(
        Evaluation evaluation,
        String subject,
        String judge,
        long seed,
        List<Metric> metrics,
        List<ScoredSample> samples) {

    public EvaluationResult {
        metrics = List.copyOf(metrics);
        samples = List.copyOf(samples);
    }

    static EvaluationResult of(
            Evaluation evaluation,
            OpenModel subject,
            EvaluationContext context,
            List<Measure> measures,
            List<ScoredSample> samples) {
        return new EvaluationResult(
                evaluation,
                subject.name(),
                context.judge().name(),
                context.seed(),
                Metric.table(measures, samples),
                samples);
    }

    /** With more rates, after the others. */
    EvaluationResult plus(List<Metric> more) {
        var all = Stream.concat(metrics.stream(), more.stream()).toList();
        return new EvaluationResult(evaluation, subject, judge, seed, all, samples);
    }

    /** Without rates over nothing, for sets in which a domain has one kind of question only. */
    EvaluationResult withoutEmptyMetrics() {
        var counted = metrics.stream().filter(metric -> metric.n() > 0).toList();
        return new EvaluationResult(evaluation, subject, judge, seed, counted, samples);
    }

    /** The metric of this name, if it was measured. */
    public Optional<Metric> metric(String name) {
        return metrics.stream().filter(m -> m.name().equals(name)).findFirst();
    }

    /**
     * A rate behind one kind of surroundings of the fine-tuning rows.
     *
     * @param asked one of the questions
     */
    public record Behind(Question asked, ClusteredRate rate) {}

    /** This metric behind each kind of surroundings by itself; none where questions had none. */
    public List<Behind> behindEachKind(Metric.Name name) {
        return samples.stream()
                .filter(name::selects)
                .filter(sample -> ShapedQuestions.kind(sample.question()).isPresent())
                .collect(groupingBy(sample -> ShapedQuestions.kind(sample.question()), LinkedHashMap::new, toList()))
                .values()
                .stream()
                .map(kind -> new Behind(kind.getFirst().question(), Metric.rate(name.measure(), kind)))
                .toList();
    }

    /** The samples in this metric's selection, counted by question: what comparisons work on. */
    public ClusteredRate rate(Metric.Name name) {
        return Metric.rate(
                name.measure(), samples.stream().filter(name::selects).toList());
    }
}
