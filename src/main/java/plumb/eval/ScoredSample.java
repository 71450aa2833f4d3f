package plumb.eval;

/** One answer with its judgement, always kept. */
public record ScoredSample(String metric, Question question, double temperature, String answer, Judgement judgement) {}
