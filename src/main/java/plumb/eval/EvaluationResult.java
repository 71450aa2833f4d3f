package plumb.eval;

import java.util.List;
import java.util.Optional;
import plumb.model.OpenModel;

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

    /** The metric of this name, if it was measured. */
    public Optional<Metric> metric(String name) {
        return metrics.stream().filter(m -> m.name().equals(name)).findFirst();
    }

    static EvaluationResult of(
            Evaluation evaluation,
            OpenModel subject,
            EvaluationContext context,
            List<Measure> measures,
            List<ScoredSample> samples) {
        if (samples.isEmpty()) {
            throw new IllegalArgumentException("there is nothing to ask for " + evaluation
                    + ": the question source has no such question. Check its split and formats, and that the task has"
                    + " questions of this kind");
        }
        return new EvaluationResult(
                evaluation,
                subject.name(),
                context.judge().name(),
                context.seed(),
                Tabulation.of(measures, samples),
                samples);
    }
}
