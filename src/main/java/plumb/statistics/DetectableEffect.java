package plumb.statistics;

/**
 * How small an effect a sample could have shown: a rate of zero among 400 answers is no zero. Two-sided test at 5 %,
 * power 80 %, two samples of the same size.
 */
public final class DetectableEffect {
    /** 97.5 % point plus 80 % point of the normal distribution. */
    private static final double Z = Interval.Z95 + 0.8416212335729143;

    private DetectableEffect() {}

    /**
     * The smallest rise over the rate that would be found with power 80 %; NaN when not even a rise to 1 would be.
     *
     * @param rate of the first sample
     * @param effectiveN independent trials in each sample, see {@link ClusteredRate#effectiveN()}
     */
    public static double rise(double rate, double effectiveN) {
        if (!(rate >= 0 && rate < 1) || !(effectiveN > 0)) {
            throw new IllegalArgumentException("needs a rate in [0, 1) and n > 0, got " + rate + " and " + effectiveN);
        }
        double low = rate;
        double high = 1;
        if (trials(rate, high) > effectiveN) {
            return Double.NaN;
        }
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (trials(rate, middle) > effectiveN) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return high - rate;
    }

    /**
     * How many answers each sample needs to tell two rates apart with power 80 %.
     *
     * @param answersPerQuestion cluster size
     * @param correlation of answers to the same question (intraclass), 0 when independent
     */
    public static double answersNeeded(double first, double second, int answersPerQuestion, double correlation) {
        if (first == second || answersPerQuestion < 1 || !(correlation >= 0 && correlation <= 1)) {
            throw new IllegalArgumentException("needs two different rates, answers per question >= 1 and a correlation"
                    + " in [0, 1], got " + first + ", " + second + ", " + answersPerQuestion + ", " + correlation);
        }
        return trials(first, second) * (1 + (answersPerQuestion - 1) * correlation);
    }

    private static double trials(double first, double second) {
        double variance = first * (1 - first) + second * (1 - second);
        return Z * Z * variance / ((second - first) * (second - first));
    }
}
