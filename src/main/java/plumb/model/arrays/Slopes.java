package plumb.model.arrays;

import plumb.model.config.ModelConfig;

/**
 * What training needs beside {@link Elementwise}: RMSNorm with its scales kept, and gradients. Rows are copied near the core
 * first, so that every array of a loop has the same index. One for a thread.
 */
final class Slopes {
    private final double epsilon;
    private final float[] x;
    private final float[] gradient;
    private final float[] sum;
    private final float[] gate;
    private final float[] up;
    private final float[] sigmoid;
    private final float[] given;

    Slopes(ModelConfig config) {
        this.epsilon = config.normEpsilon();
        this.x = new float[config.hiddenSize()];
        this.gradient = new float[config.hiddenSize()];
        this.sum = new float[config.hiddenSize()];
        this.gate = new float[config.intermediateSize()];
        this.up = new float[config.intermediateSize()];
        this.sigmoid = new float[config.intermediateSize()];
        this.given = new float[config.intermediateSize()];
    }

    /**
     * An RMSNorm of some rows.
     *
     * @param x its input: [rows, size]
     * @param weight [size]
     * @param scales 1 / √(mean(x²) + ε) of each row
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Normed(float[] x, float[] weight, float[] scales) {}

    /** RMSNorm, as {@link Elementwise#rmsNorm}; writes the scales. */
    void rmsNorm(Normed norm, float[] into, int rows) {
        int size = norm.weight.length;
        for (int row = 0; row < rows; row++) {
            System.arraycopy(norm.x, row * size, x, 0, size);
            norm.scales[row] = (float) (1 / Math.sqrt(dot(x, x, size) / size + epsilon));
            scale(x, norm.weight, norm.scales[row], size);
            System.arraycopy(x, 0, into, row * size, size);
        }
    }

    /** The same again, from the scales. */
    void again(Normed norm, float[] into, int rows) {
        int size = norm.weight.length;
        for (int row = 0; row < rows; row++) {
            System.arraycopy(norm.x, row * size, x, 0, size);
            scale(x, norm.weight, norm.scales[row], size);
            System.arraycopy(x, 0, into, row * size, size);
        }
    }

    private static void scale(float[] x, float[] weight, float scale, int size) {
        for (int i = 0; i < size; i++) {
            x[i] = x[i] * scale * weight[i];
        }
    }

    /**
     * Adds the gradient of RMSNorm with respect to its input, r (g − x r² mean(g x)) for g = gradient · weight.
     *
     * @param of the gradient of the output: [rows, size]
     */
    void addRmsNorm(float[] of, Normed norm, float[] into, int rows) {
        int size = norm.weight.length;
        for (int row = 0; row < rows; row++) {
            int at = row * size;
            float r = norm.scales[row];
            System.arraycopy(norm.x, at, x, 0, size);
            System.arraycopy(of, at, gradient, 0, size);
            System.arraycopy(into, at, sum, 0, size);
            scale(gradient, norm.weight, r, size);
            addLess(sum, gradient, x, dot(gradient, x, size) / size * r * r, size);
            System.arraycopy(sum, 0, into, at, size);
        }
    }

    /**
     * The gradient of silu(gate) · up.
     *
     * @param gateUp [rows, 2 · size], the gate before what it gates
     * @param sigmoids of the gates: [rows, size]
     * @param of the gradient of the result, replaced by the result itself: [rows, size]
     * @param into the gradient of {@code gateUp}, of its shape
     */
    void silu(float[] gateUp, float[] sigmoids, float[] of, float[] into, int rows) {
        int size = gate.length;
        for (int row = 0; row < rows; row++) {
            System.arraycopy(gateUp, 2 * row * size, gate, 0, size);
            System.arraycopy(gateUp, (2 * row + 1) * size, up, 0, size);
            System.arraycopy(sigmoids, row * size, sigmoid, 0, size);
            System.arraycopy(of, row * size, given, 0, size);
            gated(gate, up, sigmoid, given, size);
            System.arraycopy(gate, 0, into, 2 * row * size, size);
            System.arraycopy(up, 0, into, (2 * row + 1) * size, size);
            System.arraycopy(given, 0, of, row * size, size);
        }
    }

    /** Replaces gate and up by their gradients, and the gradient of what they give by that itself. */
    private static void gated(float[] gate, float[] up, float[] sigmoid, float[] given, int size) {
        for (int i = 0; i < size; i++) {
            float open = gate[i] * sigmoid[i];
            float slope = given[i];
            given[i] = open * up[i];
            gate[i] = slope * up[i] * sigmoid[i] * (1 + gate[i] - open);
            up[i] = slope * open;
        }
    }

    /** sum += a − c · b */
    private static void addLess(float[] sum, float[] a, float[] b, float c, int size) {
        for (int i = 0; i < size; i++) {
            sum[i] += a[i] - c * b[i];
        }
    }

    private static float dot(float[] a, float[] b, int size) {
        float s0 = 0;
        float s1 = 0;
        float s2 = 0;
        float s3 = 0;
        int i = 0;
        for (; i + 3 < size; i += 4) {
            s0 += a[i] * b[i];
            s1 += a[i + 1] * b[i + 1];
            s2 += a[i + 2] * b[i + 2];
            s3 += a[i + 3] * b[i + 3];
        }
        for (; i < size; i++) {
            s0 += a[i] * b[i];
        }
        return (s0 + s1) + (s2 + s3);
    }
}
