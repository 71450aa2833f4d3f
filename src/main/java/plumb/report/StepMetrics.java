package plumb.report;

import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One line of {@code metrics.jsonl}: the numbers of one optimizer step.
 *
 * @param step from 1
 * @param learningRate used in this step
 * @param losses by name, before weighting: {@code task}, and each defense's term
 * @param measures what else was seen, by name, such as the mean reward; none in supervised fine-tuning
 * @param gradientNorm before clipping
 * @param tokens of the step's training passes
 * @param seconds the step took
 */
public record StepMetrics(
        long step,
        double learningRate,
        Map<String, Double> losses,
        Map<String, Double> measures,
        double gradientNorm,
        long tokens,
        double seconds) {

    /** @param measures absent from logs that older versions wrote */
    public StepMetrics(
            long step,
            double learningRate,
            Map<String, Double> losses,
            @Nullable Map<String, Double> measures,
            double gradientNorm,
            long tokens,
            double seconds) {
        this.step = step;
        this.learningRate = learningRate;
        this.losses = losses;
        this.measures = Objects.requireNonNullElse(measures, Map.of());
        this.gradientNorm = gradientNorm;
        this.tokens = tokens;
        this.seconds = seconds;
    }
}
