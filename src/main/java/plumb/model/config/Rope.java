package plumb.model.config;

/**
 * Rotary position embedding: the angle of pair i at position p is p · frequency(i) (Su et al., arXiv 2104.09864).
 *
 * @param theta base of the frequencies θ^(−2i/d)
 * @param scaling how a model was stretched to longer contexts than it was first trained on
 */
public record Rope(double theta, Scaling scaling) {
    public Rope {
        if (!(theta > 0)) {
            throw new IllegalArgumentException("rope_theta must be positive, got " + theta);
        }
    }

    /** Without any scaling. */
    public static Rope plain(double theta) {
        return new Rope(theta, new Unscaled());
    }

    /**
     * Angle a position, in radians, of pair {@code i} of {@code half}. Exponent, power, reciprocal and scaling are each
     * rounded to fp32, as in Transformers ({@code 1.0 / base ** (arange(0, d, 2).float() / d)}): a truer frequency would be
     * another model's, for a difference in its last digits is multiplied by the position. The power is rounded right; that of
     * PyTorch is not always, so at some widths a frequency in a hundred differs by the last digit or two.
     *
     * @param half pairs of a head: half its width
     */
    public float frequency(int i, int half) {
        float exponent = (float) i / half;
        float power = (float) StrictMath.pow((float) theta, exponent);
        return scaling.of(1 / power);
    }

    /** Changes a frequency. */
    public sealed interface Scaling permits Unscaled, Linear, Llama3 {
        float of(float frequency);
    }

    /** {@code rope_type: default}. */
    public record Unscaled() implements Scaling {
        @Override
        public float of(float frequency) {
            return frequency;
        }
    }

    /** {@code rope_type: linear}: positions count 1/factor. */
    public record Linear(double factor) implements Scaling {
        public Linear {
            positive(factor);
        }

        @Override
        public float of(float frequency) {
            return frequency / (float) factor;
        }
    }

    /**
     * {@code rope_type: llama3}: wavelengths longer than {@code original / low} are stretched by the factor, shorter than
     * {@code original / high} stay, between them it fades (Grattafiori et al., arXiv 2407.21783).
     *
     * @param original tokens of context before stretching
     */
    public record Llama3(double factor, double low, double high, double original) implements Scaling {
        public Llama3 {
            positive(factor);
            positive(low);
            positive(original);
            if (!(high > low)) {
                throw new IllegalArgumentException(
                        "high_freq_factor (" + high + ") must be above low_freq_factor (" + low + ")");
            }
        }

        @Override
        public float of(float frequency) {
            float wavelength = 1 / frequency * (float) (2 * Math.PI); // in this order, as PyTorch divides a number
            if (wavelength < (float) (original / high)) {
                return frequency;
            }
            if (wavelength > (float) (original / low)) {
                return frequency / (float) factor;
            }
            float smooth = (1 / wavelength * (float) original - (float) low) / (float) (high - low);
            return (1 - smooth) * frequency / (float) factor + smooth * frequency;
        }
    }

    private static void positive(double value) {
        if (!(value > 0)) {
            throw new IllegalArgumentException("the numbers of a rope scaling must be positive, got " + value);
        }
    }
}
