package plumb.eval;

/**
 * An aggregate over samples.
 *
 * @param name path-like: {@code em/free/never-bad}
 * @param value a rate in [0, 1] unless the name says otherwise
 * @param standardError of the value, questions taken as clusters
 * @param interval 95 %: Wilson for rates of one run, question-clustered over seeds
 * @param n how many samples stand behind it
 */
public record Metric(String name, double value, double standardError, Interval interval, int n) {}
