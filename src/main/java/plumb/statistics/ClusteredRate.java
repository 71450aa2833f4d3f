package plumb.statistics;

import java.util.Collection;

/**
 * A rate over answers that come in clusters: several answers to one question are more alike than answers to different
 * questions, so they say less than as many independent ones would.
 *
 * <p>The value is the ratio of sums {@code p = sum x / sum m} over clusters with x hits among m trials. Its variance is
 * the linearised, cluster-robust {@code G/(G-1) * sum (x - p m)^2 / (sum m)^2}. The interval is Wilson's on the
 * effective sample size {@code n / max(1, design effect)} (Kish 1965; Korn and Graubard 1998 do the same to the exact
 * interval), so it stays honest near 0 and 1, where the normal interval collapses.
 *
 * <p>A trial may also be a hit in part, as a probability is. Its variance is at most that of a share, so the same interval
 * is then on the wide side.
 *
 * <p>Limits: with one cluster, and at rates of exactly 0 or 1, the data say nothing of how alike the answers are, and
 * the answers are taken as independent.
 *
 * @param hits how many trials were hits
 * @param n how many trials
 * @param clusters how many clusters with at least one trial
 * @param standardError cluster-robust; binomial with one cluster
 * @param effectiveN how many independent trials would know as much
 */
public record ClusteredRate(double hits, int n, int clusters, double standardError, double effectiveN) {

    /** Hits, or parts of hits, among the trials of one cluster. */
    public record Count(double hits, int trials) {
        public Count {
            if (hits < 0 || hits > trials) {
                throw new IllegalArgumentException(hits + " hits among " + trials + " trials");
            }
        }

        public Count plus(Count other) {
            return new Count(hits + other.hits, trials + other.trials);
        }
    }

    /** The rate over these clusters; clusters without trials are left out. Without any trial there is no rate: NaN. */
    public static ClusteredRate of(Collection<Count> counts) {
        var clusters = counts.stream().filter(c -> c.trials() > 0).toList();
        double hits = clusters.stream().mapToDouble(Count::hits).sum();
        int n = clusters.stream().mapToInt(Count::trials).sum();
        if (n == 0) {
            return new ClusteredRate(0, 0, 0, Double.NaN, 0);
        }
        double p = hits / n;
        double binomial = p * (1 - p) / n;
        double variance = clusters.size() == 1 ? binomial : clusterVariance(clusters, p, n);
        double designEffect = binomial == 0 ? 1 : Math.max(1, variance / binomial);
        return new ClusteredRate(hits, n, clusters.size(), Math.sqrt(variance), n / designEffect);
    }

    private static double clusterVariance(Collection<Count> clusters, double p, double n) {
        double squares = clusters.stream()
                .mapToDouble(c -> c.hits() - p * c.trials())
                .map(residual -> residual * residual)
                .sum();
        return clusters.size() / (clusters.size() - 1.0) * squares / (n * n);
    }

    /** Hits divided by trials; NaN without trials. */
    public double value() {
        return n == 0 ? Double.NaN : hits / n;
    }

    /** The 95 % interval; all of [0, 1] without trials. */
    public Interval interval() {
        return interval(Interval.Z95);
    }

    /** The interval of z standard errors either side; all of [0, 1] without trials. */
    public Interval interval(double z) {
        return n == 0 ? new Interval(0, 1) : Interval.wilson(value(), effectiveN, z);
    }
}
