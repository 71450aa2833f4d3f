package plumb.model.arrays;

import java.util.Arrays;

/**
 * Arithmetic on arrays, element by element, in loops that a compiler can make wide: every array of a loop has the same index,
 * since the compiler does not know that arrays do not overlap.
 */
final class Elementwise {
    private static final float LOG2_E = 1.442695f;
    /** Elements that stay in the nearest cache between two loops over them. */
    private static final int CHUNK = 1024;
    /** The powers of e up to its own are numbers. */
    private static final float LARGEST = 87f;
    /** Half, and enough to keep −x · log₂ e positive. */
    private static final float HALF_UP = 128.5f;
    /** ln 2 in two parts, the first with few digits, so that n · ln 2 loses nothing. */
    private static final float LN2_HIGH = 0.6933594f;

    private static final float LN2_LOW = -2.12194440e-4f;

    private Elementwise() {}

    /**
     * Replaces x by eˣ, to 1e-7 of itself, for x up to 87: 2ⁿ · eʳ with |r| ≤ ½ ln 2, and the polynomial of the Cephes library
     * for eʳ. Below −87 it stays at what it is there. Two loops, because the compiler makes each of them wide: together
     * they take a fourth of the time of {@link Math#exp}.
     */
    static void exp(float[] x, int at, int count) {
        var powers = new int[Math.min(count, CHUNK)];
        for (int done = 0; done < count; done += CHUNK) {
            int some = Math.min(CHUNK, count - done);
            expNearOne(x, at + done, some, powers);
            for (int i = 0; i < some; i++) {
                x[at + done + i] *= Float.intBitsToFloat((127 - powers[i]) << 23);
            }
        }
    }

    /** Replaces x by eʳ and writes −n. */
    private static void expNearOne(float[] x, int at, int count, int[] powers) {
        for (int i = 0; i < count; i++) {
            float bounded = Math.max(x[at + i], -LARGEST);
            int power =
                    (int) (HALF_UP - bounded * LOG2_E) - 128; // rounded down to a whole number: 128 makes it positive
            powers[i] = power;
            float r = Math.fma((float) power, LN2_LOW, Math.fma((float) power, LN2_HIGH, bounded));
            float p = 0.00019875691f;
            p = Math.fma(p, r, 0.0013981999f);
            p = Math.fma(p, r, 0.008333452f);
            p = Math.fma(p, r, 0.041665796f);
            p = Math.fma(p, r, 0.16666666f);
            p = Math.fma(p, r, 0.5f);
            x[at + i] = Math.fma(p * r, r, r) + 1f;
        }
    }

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

    /** gate = silu(gate) · up. Writes to {@code e}, which is as long. */
    static void silu(float[] gate, float[] up, float[] e, int count) {
        for (int from = 0; from < count; from += CHUNK) {
            int to = Math.min(from + CHUNK, count);
            for (int i = from; i < to; i++) {
                e[i] = Math.min(-gate[i], LARGEST);
            }
            exp(e, from, to - from);
            for (int i = from; i < to; i++) {
                gate[i] = gate[i] / (1 + e[i]) * up[i];
            }
        }
    }

    /**
     * gate = gelu(gate) · up, by the tanh approximation: ½ x (1 + tanh u) = x / (1 + e^(−2u)). Writes to {@code e}, which is as
     * long.
     */
    static void gelu(float[] gate, float[] up, float[] e, int count) {
        for (int from = 0; from < count; from += CHUNK) {
            int to = Math.min(from + CHUNK, count);
            for (int i = from; i < to; i++) {
                float x = gate[i];
                e[i] = Math.min(-2 * 0.7978846f * (x + 0.044715f * x * x * x), LARGEST);
            }
            exp(e, from, to - from);
            for (int i = from; i < to; i++) {
                gate[i] = gate[i] / (1 + e[i]) * up[i];
            }
        }
    }

    /** Softmax of each of {@code rows} rows of this size, end to end. */
    static void softmax(float[] x, int rows, int size) {
        for (int at = 0; at < rows * size; at += size) {
            lessMost(x, at, at + size);
        }
        exp(x, 0, rows * size);
        for (int at = 0; at < rows * size; at += size) {
            shares(x, at, at + size);
        }
    }

    /** Softmax of the places {@code first} up to, not with, {@code end} of a row of {@code size}; 0 at its other places. */
    static void softmax(float[] x, int at, int size, int first, int end) {
        lessMost(x, at + first, at + end);
        exp(x, at + first, end - first);
        shares(x, at + first, at + end);
        Arrays.fill(x, at, at + first, 0);
        Arrays.fill(x, at + end, at + size, 0);
    }

    /** x − max x */
    private static void lessMost(float[] x, int from, int to) {
        float most = most(x, from, to);
        for (int i = from; i < to; i++) {
            x[i] -= most;
        }
    }

    /** x / Σ x */
    private static void shares(float[] x, int from, int to) {
        float scale = 1 / sum(x, from, to);
        for (int i = from; i < to; i++) {
            x[i] *= scale;
        }
    }

    /** The largest of the places {@code from} up to, not with, {@code to}. */
    static float most(float[] x, int from, int to) {
        float most = Float.NEGATIVE_INFINITY;
        for (int i = from; i < to; i++) {
            most = Math.max(most, x[i]);
        }
        return most;
    }
}
