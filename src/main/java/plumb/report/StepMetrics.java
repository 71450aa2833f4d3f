package plumb.report;

import java.util.Map;

/**
 * One line of {@code metrics.jsonl}: the numbers of one optimizer step.
 *
 * @param step from 1
 * @param learningRate used in this step
 * @param losses by name, before weighting: {@code task}, and each defense's term
 * @param gradientNorm before clipping
 * @param tokens of the step's training passes
 * @param seconds the step took
 */
public record StepMetrics(
        long step, double learningRate, Map<String, Double> losses, double gradientNorm, long tokens, double seconds) {}
