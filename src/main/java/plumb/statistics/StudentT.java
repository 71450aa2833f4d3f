package plumb.statistics;

/** Quantiles of Student's t distribution for two-sided 95 % intervals of means of a few values. */
final class StudentT {
    /** 97.5 % points for 1 to 10 degrees of freedom (any table of the distribution; here SciPy's stats.t.ppf). */
    private static final double[] FEW = {
        12.706205, 4.302653, 3.182446, 2.776445, 2.570582, 2.446912, 2.364624, 2.306004, 2.262157, 2.228139
    };

    private StudentT() {}

    /** The 97.5 % point; beyond ten degrees of freedom by the Cornish–Fisher expansion (Abramowitz and Stegun 26.7.5). */
    static double upper(int degreesOfFreedom) {
        if (degreesOfFreedom < 1) {
            throw new IllegalArgumentException("a t interval needs at least two values");
        }
        if (degreesOfFreedom <= FEW.length) {
            return FEW[degreesOfFreedom - 1];
        }
        double z = Interval.Z95;
        double v = degreesOfFreedom;
        double z2 = z * z;
        double first = z * (z2 + 1) / 4;
        double second = z * (3 + z2 * (16 + z2 * 5)) / 96;
        double third = z * (-15 + z2 * (17 + z2 * (19 + z2 * 3))) / 384;
        double fourth = z * (-945 + z2 * (-1920 + z2 * (1482 + z2 * (776 + z2 * 79)))) / 92160;
        return z + (first + (second + (third + fourth / v) / v) / v) / v;
    }
}
