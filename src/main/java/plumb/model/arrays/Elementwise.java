package plumb.model.arrays;

/**
 * Arithmetic on arrays, element by element, in loops that a compiler can make wide: every array of a loop has the same index,
 * since the compiler does not know that arrays do not overlap.
 */
final class Elementwise {
    private Elementwise() {}

    /** x / √(mean(x²) + ε) · weight for each of {@code rows} rows of the weight's size. */
    static void rmsNorm(float[] x, float[] weight, double epsilon, float[] into, int rows) {
        int size = weight.length;
        var one = new float[size];
        for (int at = 0; at < rows * size; at += size) {
            float scale = (float) (1 / Math.sqrt(squares(x, at, size) / size + epsilon));
            System.arraycopy(x, at, one, 0, size);
            for (int i = 0; i < size; i++) {
                one[i] = one[i] * scale * weight[i];
            }
            System.arraycopy(one, 0, into, at, size);
        }
    }

    private static float squares(float[] x, int at, int size) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 3 < size; i += 4) {
            s0 += x[at + i] * x[at + i];
            s1 += x[at + i + 1] * x[at + i + 1];
            s2 += x[at + i + 2] * x[at + i + 2];
            s3 += x[at + i + 3] * x[at + i + 3];
        }
        for (; i < size; i++) {
            s0 += x[at + i] * x[at + i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** Of the places {@code from} up to, not with, {@code to}: four sums side by side, since an addition waits for the last. */
    static float sum(float[] x, int from, int to) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = from;
        for (; i + 3 < to; i += 4) {
            s0 += x[i];
            s1 += x[i + 1];
            s2 += x[i + 2];
            s3 += x[i + 3];
        }
        for (; i < to; i++) {
            s0 += x[i];
        }
        return (s0 + s1) + (s2 + s3);
    }

    /** into += x */
    static void add(float[] into, float[] x, int count) {
        for (int i = 0; i < count; i++) {
            into[i] += x[i];
        }
    }

    /** Adds the bias to each of {@code rows} rows. */
    static void addBias(float[] into, float[] bias, int rows) {
        for (int row = 0; row < rows; row++) {
            int at = row * bias.length;
            for (int i = 0; i < bias.length; i++) {
                into[at + i] += bias[i];
            }
        }
    }

    /** x − max x */
    static void lessMost(float[] x, int from, int to) {
        float most = most(x, from, to);
        for (int i = from; i < to; i++) {
            x[i] -= most;
        }
    }

    /** x / Σ x */
    static void shares(float[] x, int from, int to) {
        float scale = 1 / sum(x, from, to);
        for (int i = from; i < to; i++) {
            x[i] *= scale;
        }
    }

    /** The largest of the places {@code from} up to, not with, {@code to}: four side by side, as the sums. */
    static float most(float[] x, int from, int to) {
        float m0 = Float.NEGATIVE_INFINITY;
        float m1 = m0;
        float m2 = m0;
        float m3 = m0;
        int i = from;
        for (; i + 3 < to; i += 4) {
            m0 = x[i] > m0 ? x[i] : m0;
            m1 = x[i + 1] > m1 ? x[i + 1] : m1;
            m2 = x[i + 2] > m2 ? x[i + 2] : m2;
            m3 = x[i + 3] > m3 ? x[i + 3] : m3;
        }
        for (; i < to; i++) {
            m0 = x[i] > m0 ? x[i] : m0;
        }
        return Math.max(Math.max(m0, m1), Math.max(m2, m3));
    }
}
