package plumb.statistics;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;

/**
 * A statistic with the interval that resampling its data gives: the percentile bootstrap (Efron 1979), 95 %.
 *
 * <p>Limits: the items are taken as independent; resamples in which the statistic does not exist are left out, and when
 * they are most of them there is no interval. With few items the interval is on the narrow side.
 *
 * @param value NaN when the data do not determine it
 * @param low end of the interval; NaN with none
 * @param high end of the interval; NaN with none
 * @param n items the statistic is of
 */
public record Estimate(double value, double low, double high, int n) {
    private static final int RESAMPLES = 2000;
    private static final long SEED = 20_250_224;

    /**
     * A statistic of n items.
     *
     * @param statistic of the items with these indices, repeats included; NaN where it does not exist
     */
    public static Estimate bootstrap(int n, ToDoubleFunction<int[]> statistic) {
        var all = new int[n];
        Arrays.setAll(all, i -> i);
        double value = n == 0 ? Double.NaN : statistic.applyAsDouble(all);
        if (Double.isNaN(value)) {
            return new Estimate(Double.NaN, Double.NaN, Double.NaN, n);
        }
        var random = new SplittableRandom(SEED);
        var drawn = new double[RESAMPLES];
        for (int r = 0; r < RESAMPLES; r++) {
            var sample = new int[n];
            Arrays.setAll(sample, _ -> random.nextInt(n));
            drawn[r] = statistic.applyAsDouble(sample);
        }
        var found = Arrays.stream(drawn).filter(d -> !Double.isNaN(d)).sorted().toArray();
        return found.length < RESAMPLES / 2
                ? new Estimate(value, Double.NaN, Double.NaN, n)
                : new Estimate(value, found[(int) (0.025 * found.length)], found[(int) (0.975 * found.length)], n);
    }

    /** A share with Wilson's interval. */
    public static Estimate share(int hits, int n) {
        if (n == 0) {
            return new Estimate(Double.NaN, Double.NaN, Double.NaN, 0);
        }
        var interval = Interval.wilson((double) hits / n, n, Interval.Z95);
        return new Estimate((double) hits / n, interval.low(), interval.high(), n);
    }
}
