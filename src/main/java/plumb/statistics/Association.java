package plumb.statistics;

import java.util.Arrays;
import java.util.stream.IntStream;

/** How two judgements of the same items go together. Each is NaN where the data do not determine it. */
public final class Association {
    private Association() {}

    /** Pearson's correlation. */
    public static double pearson(double[] x, double[] y) {
        double meanX = Arrays.stream(x).average().orElse(Double.NaN);
        double meanY = Arrays.stream(y).average().orElse(Double.NaN);
        double xy = 0;
        double xx = 0;
        double yy = 0;
        for (int i = 0; i < x.length; i++) {
            xy += (x[i] - meanX) * (y[i] - meanY);
            xx += (x[i] - meanX) * (x[i] - meanX);
            yy += (y[i] - meanY) * (y[i] - meanY);
        }
        return xx == 0 || yy == 0 ? Double.NaN : xy / Math.sqrt(xx * yy);
    }

    /** Spearman's correlation: Pearson's of the ranks, ties sharing theirs. */
    public static double spearman(double[] x, double[] y) {
        return pearson(ranks(x), ranks(y));
    }

    /**
     * The chance that a positive item scores above a negative one, ties counting half: the area under the ROC curve
     * (Mann and Whitney 1947).
     */
    public static double auroc(double[] scores, boolean[] positive) {
        var ranks = ranks(scores);
        long positives =
                IntStream.range(0, positive.length).filter(i -> positive[i]).count();
        long negatives = positive.length - positives;
        double sum = IntStream.range(0, positive.length)
                .filter(i -> positive[i])
                .mapToDouble(i -> ranks[i])
                .sum();
        return positives == 0 || negatives == 0
                ? Double.NaN
                : (sum - positives * (positives + 1) / 2.0) / ((double) positives * negatives);
    }

    /** Cohen's kappa (1960): agreement beyond that of two judges who decide independently at their own rates. */
    public static double kappa(boolean[] a, boolean[] b) {
        double n = a.length;
        double agree = IntStream.range(0, a.length).filter(i -> a[i] == b[i]).count() / n;
        double yesA = IntStream.range(0, a.length).filter(i -> a[i]).count() / n;
        double yesB = IntStream.range(0, b.length).filter(i -> b[i]).count() / n;
        double chance = yesA * yesB + (1 - yesA) * (1 - yesB);
        return chance == 1 ? Double.NaN : (agree - chance) / (1 - chance);
    }

    /** From 1; equal values share the mean of their ranks. */
    private static double[] ranks(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        var ranks = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            ranks[i] = (1 + below(sorted, values[i], false) + below(sorted, values[i], true)) / 2.0;
        }
        return ranks;
    }

    /** How many of the sorted values are smaller than this one, or as small. */
    private static int below(double[] sorted, double value, boolean orEqual) {
        int low = 0;
        int high = sorted.length;
        while (low < high) {
            int middle = (low + high) / 2;
            if (sorted[middle] < value || (orEqual && sorted[middle] == value)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return low;
    }
}
