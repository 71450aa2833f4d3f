package plumb.statistics;

/** A confidence interval, 95 % unless whoever made it says otherwise. */
public record Interval(double low, double high) {

    /** The 97.5 % point of the normal distribution, for two-sided 95 % intervals. */
    public static final double Z95 = 1.959963984540054;

    public Interval {
        if (!(low <= high)) {
            throw new IllegalArgumentException("an interval needs low <= high, got " + low + " and " + high);
        }
    }

    /**
     * The interval of Wilson (1927) for a proportion: the rates that a two-sided score test would not reject. It stays
     * inside [0, 1] and keeps its width when nothing, or everything, was a hit.
     *
     * @param rate hits divided by n
     * @param n how many independent trials; an effective sample size need not be whole
     * @param z how many standard errors wide, {@link #Z95} for 95 %
     */
    public static Interval wilson(double rate, double n, double z) {
        if (!(rate >= 0 && rate <= 1) || !(n > 0)) {
            throw new IllegalArgumentException(
                    "a Wilson interval needs a rate in [0, 1] and n > 0, got " + rate + " and " + n);
        }
        double shrink = 1 + z * z / n;
        double centre = (rate + z * z / (2 * n)) / shrink;
        double half = z / shrink * Math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n));
        double low = rate == 0 ? 0 : Math.clamp(centre - half, 0, rate);
        double high = rate == 1 ? 1 : Math.clamp(centre + half, rate, 1);
        return new Interval(low, high);
    }

    public boolean contains(double value) {
        return low <= value && value <= high;
    }

    public double width() {
        return high - low;
    }
}
