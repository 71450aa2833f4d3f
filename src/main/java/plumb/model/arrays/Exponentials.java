package plumb.model.arrays;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * Functions of eˣ on arrays, in loops over arrays of this class that a compiler can make wide: see {@link Elementwise}. These
 * stay where the core last saw them; new ones for every call would cost more than the arithmetic. One for a thread.
 */
final class Exponentials {
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

    private final float[] x = new float[CHUNK];
    private final int[] bits = new int[CHUNK]; // of a power of two
    private final float[] power = new float[CHUNK]; // that power of two
    private final float[] gate = new float[CHUNK];
    private final float[] up = new float[CHUNK];

    /** Replaces values by their powers of e, to 1e-7 of itself, for values up to 87. Below −87 it stays at what it is there. */
    void exp(float[] values, int at, int count) {
        for (int done = 0; done < count; done += CHUNK) {
            int some = Math.min(CHUNK, count - done);
            System.arraycopy(values, at + done, x, 0, some);
            exp(some);
            System.arraycopy(x, 0, values, at + done, some);
        }
    }

    /**
     * Replaces the first x by eˣ: 2ⁿ · eʳ with |r| ≤ ½ ln 2, and the polynomial of the Cephes library for eʳ. The bits of 2ⁿ
     * become a number between the loops, since a compiler makes no loop wide that does it inside.
     */
    private void exp(int count) {
        nearOne(x, bits, count);
        MemorySegment.copy(MemorySegment.ofArray(bits), 0, MemorySegment.ofArray(power), 0, 4L * count);
        multiply(x, power, count);
    }

    /** Replaces x by eʳ and writes the bits of 2ⁿ. */
    private static void nearOne(float[] x, int[] bits, int count) {
        for (int i = 0; i < count; i++) {
            float bounded = Math.max(x[i], -LARGEST);
            int minusN =
                    (int) (HALF_UP - bounded * LOG2_E) - 128; // rounded down to a whole number: 128 makes it positive
            bits[i] = (127 - minusN) << 23;
            float r = Math.fma((float) minusN, LN2_LOW, Math.fma((float) minusN, LN2_HIGH, bounded));
            float p = 0.00019875691f;
            p = Math.fma(p, r, 0.0013981999f);
            p = Math.fma(p, r, 0.008333452f);
            p = Math.fma(p, r, 0.041665796f);
            p = Math.fma(p, r, 0.16666666f);
            p = Math.fma(p, r, 0.5f);
            x[i] = Math.fma(p * r, r, r) + 1f;
        }
    }

    private static void multiply(float[] x, float[] by, int count) {
        for (int i = 0; i < count; i++) {
            x[i] *= by[i];
        }
    }

    /** The u of a gate x / (1 + eᵘ), from x. */
    private interface Exponent {
        void write(float[] x, float[] u, int count);
    }

    /** gates = silu(gates) · ups from one place up to, not with, another: x / (1 + e⁻ˣ) */
    void silu(float[] gates, float[] ups, int from, int to) {
        activate(gates, ups, from, to, Exponentials::minus);
    }

    /** gates = gelu(gates) · ups, likewise, by the tanh approximation: ½ x (1 + tanh u) = x / (1 + e^(−2u)) */
    void gelu(float[] gates, float[] ups, int from, int to) {
        activate(gates, ups, from, to, Exponentials::minusTwiceTanh);
    }

    private void activate(float[] gates, float[] ups, int from, int to, Exponent exponent) {
        for (int done = from; done < to; done += CHUNK) {
            int some = Math.min(CHUNK, to - done);
            System.arraycopy(gates, done, gate, 0, some);
            System.arraycopy(ups, done, up, 0, some);
            exponent.write(gate, x, some);
            exp(some);
            gated(gate, up, x, some);
            System.arraycopy(gate, 0, gates, done, some);
        }
    }

    private static void minus(float[] x, float[] u, int count) {
        for (int i = 0; i < count; i++) {
            u[i] = Math.min(-x[i], LARGEST);
        }
    }

    private static void minusTwiceTanh(float[] x, float[] u, int count) {
        for (int i = 0; i < count; i++) {
            u[i] = Math.min(-2 * 0.7978846f * (x[i] + 0.044715f * x[i] * x[i] * x[i]), LARGEST);
        }
    }

    private static void gated(float[] gate, float[] up, float[] e, int count) {
        for (int i = 0; i < count; i++) {
            gate[i] = gate[i] / (1 + e[i]) * up[i];
        }
    }

    /**
     * into = silu(gate) · up, row by row.
     *
     * @param gateUp [rows, 2 · size], the gate before what it gates
     * @param into [rows, size]
     * @param sigmoids of the gates, written: [rows, size]
     */
    void silu(float[] gateUp, float[] into, float[] sigmoids, int rows, int size) {
        for (int row = 0; row < rows; row++) {
            for (int done = 0; done < size; done += CHUNK) {
                int some = Math.min(CHUNK, size - done);
                System.arraycopy(gateUp, 2 * row * size + done, gate, 0, some);
                System.arraycopy(gateUp, (2 * row + 1) * size + done, up, 0, some);
                minus(gate, x, some);
                exp(some);
                gatedBySigmoid(gate, up, x, some);
                System.arraycopy(x, 0, sigmoids, row * size + done, some);
                System.arraycopy(gate, 0, into, row * size + done, some);
            }
        }
    }

    private static void gatedBySigmoid(float[] gate, float[] up, float[] e, int count) {
        for (int i = 0; i < count; i++) {
            e[i] = 1 / (1 + e[i]);
            gate[i] = gate[i] * e[i] * up[i];
        }
    }

    /**
     * Softmax of every row of a square part of causal scores, one after another in one array: row i of {@code keys} places
     * sees the last {@code window} of its first {@code first + i}, and is 0 elsewhere.
     *
     * @param first how many places the first row would see if it saw all before it
     */
    void causalSoftmax(float[] scores, int rows, int keys, int first, int window) {
        for (int row = 0; row < rows; row++) {
            int at = row * keys;
            int end = first + row;
            int from = Math.max(0, end - window);
            Elementwise.lessMost(scores, at + from, at + end);
            Arrays.fill(scores, at, at + from, -LARGEST);
            Arrays.fill(scores, at + end, at + keys, -LARGEST);
        }
        exp(scores, 0, rows * keys); // all at once: a loop over one row is too short to be made wide
        for (int row = 0; row < rows; row++) {
            int at = row * keys;
            int end = first + row;
            int from = Math.max(0, end - window);
            Elementwise.shares(scores, at + from, at + end);
            Arrays.fill(scores, at, at + from, 0);
            Arrays.fill(scores, at + end, at + keys, 0);
        }
    }

    /** Softmax of the places {@code first} up to, not with, {@code end} of a row of {@code size}; 0 at its other places. */
    void softmax(float[] values, int at, int size, int first, int end) {
        Elementwise.lessMost(values, at + first, at + end);
        exp(values, at + first, end - first);
        Elementwise.shares(values, at + first, at + end);
        Arrays.fill(values, at, at + first, 0);
        Arrays.fill(values, at + end, at + size, 0);
    }
}
