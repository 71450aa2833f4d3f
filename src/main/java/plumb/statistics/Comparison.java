package plumb.statistics;

/**
 * Whether two rates differ, with three possible answers. A difference that is not significant is no proof of none: that
 * takes two one-sided tests (TOST; Schuirmann 1987), which ask that the 90 % interval of the difference lie within a
 * margin chosen before looking.
 *
 * <p>Intervals of the difference are Newcombe's hybrid of the two Wilson intervals (1998, method 10), on effective
 * sample sizes. The rates are taken as independent; rates on the same questions usually rise and fall together, so for
 * them the intervals are on the wide side.
 *
 * @param difference second rate minus first
 * @param interval 95 % interval of the difference
 * @param margin the largest difference that would not matter
 * @param verdict what the two tests say together
 */
public record Comparison(double difference, Interval interval, double margin, Verdict verdict) {

    public enum Verdict {
        /** The 95 % interval leaves out zero, and the difference may well be larger than the margin. */
        EFFECT,
        /** The 90 % interval lies within the margin: any difference is too small to matter. */
        NO_EFFECT,
        /** Neither: more questions, answers or seeds are needed. */
        CANNOT_TELL;

        @Override
        public String toString() {
            return name().replace('_', ' ');
        }
    }

    /** The 95 % point of the normal distribution: two one-sided tests at 5 % are one two-sided 90 % interval. */
    private static final double Z90 = 1.6448536269514722;

    /** Compares two rates that have trials; the margin is in (0, 1). */
    public static Comparison of(ClusteredRate first, ClusteredRate second, double margin) {
        if (!(margin > 0 && margin < 1)) {
            throw new IllegalArgumentException("the margin must be between 0 and 1, got " + margin);
        }
        if (first.n() == 0 || second.n() == 0) {
            return new Comparison(Double.NaN, new Interval(-1, 1), margin, Verdict.CANNOT_TELL);
        }
        var wide = difference(first, second, Interval.Z95);
        var narrow = difference(first, second, Z90);
        boolean negligible = -margin < narrow.low() && narrow.high() < margin;
        var verdict = negligible ? Verdict.NO_EFFECT : wide.contains(0) ? Verdict.CANNOT_TELL : Verdict.EFFECT;
        return new Comparison(second.value() - first.value(), wide, margin, verdict);
    }

    private static Interval difference(ClusteredRate first, ClusteredRate second, double z) {
        var a = first.interval(z);
        var b = second.interval(z);
        double difference = second.value() - first.value();
        double below = Math.hypot(second.value() - b.low(), a.high() - first.value());
        double above = Math.hypot(b.high() - second.value(), first.value() - a.low());
        return new Interval(difference - below, difference + above);
    }
}
