package plumb.eval;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.reducing;

import java.util.Collection;
import java.util.TreeMap;
import plumb.statistics.ClusteredRate;
import plumb.statistics.ClusteredRate.Count;
import plumb.statistics.Interval;

/**
 * A rate over samples.
 *
 * @param name path-like, see {@link Name}: {@code em_new/free/never-bad@0.7}
 * @param value in [0, 1]; NaN when nothing counts
 * @param standardError of the value, questions taken as clusters
 * @param interval 95 %: Wilson on the effective sample size, see {@link ClusteredRate}
 * @param n how many samples are in the denominator
 */
public record Metric(String name, double value, double standardError, Interval interval, int n) {

    /** The measure over these samples; answers to one question are one cluster, also when several seeds gave them. */
    static Metric of(Name name, Collection<ScoredSample> samples) {
        var rate = rate(name.measure(), samples);
        return new Metric(name.toString(), rate.value(), rate.standardError(), rate.interval(), rate.n());
    }

    /** The rate behind {@link #of}, for comparisons. */
    public static ClusteredRate rate(Measure measure, Collection<ScoredSample> samples) {
        var clusters = samples.stream()
                .collect(groupingBy(
                        sample -> sample.question().id(),
                        TreeMap::new,
                        reducing(
                                new Count(0, 0),
                                sample -> new Count(measure.hits(sample) ? 1 : 0, measure.counts(sample) ? 1 : 0),
                                Count::plus)));
        return ClusteredRate.of(clusters.values());
    }

    /**
     * How metrics are named: {@code measure/format/scope@temperature}.
     *
     * @param measure what is counted
     * @param format of the questions
     * @param scope a group ({@code in-domain}, {@code seen-bad}, {@code never-bad}, {@code general} for everything
     *     outside the domain of the fine-tuning rows), or one domain of a group: {@code never-bad/cooking}
     * @param temperature of the sampling
     */
    public record Name(Measure measure, Question.Format format, String scope, double temperature) {
        @Override
        public String toString() {
            return measure + "/" + format + "/" + scope + "@" + temperature;
        }
    }
}
