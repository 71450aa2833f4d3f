package plumb.eval;

import java.util.List;

/** What an evaluation found: aggregates, and every sample behind them. */
public record EvaluationResult(String evaluation, List<Metric> metrics, List<ScoredSample> samples) {}
