package plumb.model.arrays;

/**
 * What training needs beside {@link Elementwise}: RMSNorm with its scales kept, and gradients. Rows are copied near the core
 * first, so that every array of a loop has the same index. One for a thread.
 */
final class Slopes {
    private final float[] x;
    private final float[] gradient;
    private final float[] sum;

    /** @param size of a row */
    Slopes(int size) {
        this.x = new float[size];
        this.gradient = new float[size];
        this.sum = new float[size];
    }

    /**
     * RMSNorm, as {@link Elementwise#rmsNorm}.
     *
     * @param scales 1 / √(mean(x²) + ε) of each row, written
     */
    void rmsNorm(float[] from, float[] weight, double epsilon, float[] into, float[] scales, int rows) {
        int size = weight.length;
        for (int row = 0; row < rows; row++) {
            System.arraycopy(from, row * size, x, 0, size);
            scales[row] = (float) (1 / Math.sqrt(dot(x, x, size) / size + epsilon));
            scaled(x, weight, scales[row], size);
            System.arraycopy(x, 0, into, row * size, size);
        }
    }

    /** The same again, from the scales. */
    void normed(float[] from, float[] weight, float[] scales, float[] into, int rows) {
        int size = weight.length;
        for (int row = 0; row < rows; row++) {
            System.arraycopy(from, row * size, x, 0, size);
            scaled(x, weight, scales[row], size);
            System.arraycopy(x, 0, into, row * size, size);
        }
    }

    private static void scaled(float[] x, float[] weight, float scale, int size) {
        for (int i = 0; i < size; i++) {
            x[i] = x[i] * scale * weight[i];
        }
    }

    /**
     * Adds the gradient of RMSNorm with respect to its input, r (g − x r² mean(g x)) for g = gradient · weight.
     *
     * @param of the gradient of the output: [rows, size]
     * @param input [rows, size]
     * @param scales r of each row
     */
    void addRmsNorm(float[] of, float[] input, float[] weight, float[] scales, float[] into, int rows) {
        int size = weight.length;
        for (int row = 0; row < rows; row++) {
            int at = row * size;
            float r = scales[row];
            System.arraycopy(input, at, x, 0, size);
            System.arraycopy(of, at, gradient, 0, size);
            System.arraycopy(into, at, sum, 0, size);
            scaled(gradient, weight, r, size);
            addLess(sum, gradient, x, dot(gradient, x, size) / size * r * r, size);
            System.arraycopy(sum, 0, into, at, size);
        }
    }

    /**
     * The gradient of silu(gate) · up.
     *
     * @param gateUp [rows, 2 · size], the gate before what it gates
     * @param sigmoids of the gates: [rows, size]
     * @param gradient of the result, replaced by the result itself: [rows, size]
     * @param into the gradient of {@code gateUp}, of its shape
     */
    static void silu(float[] gateUp, float[] sigmoids, float[] gradient, float[] into, int rows, int size) {
        var gate = new float[size];
        var up = new float[size];
        var sigmoid = new float[size];
        var given = new float[size];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(gateUp, 2 * row * size, gate, 0, size);
            System.arraycopy(gateUp, (2 * row + 1) * size, up, 0, size);
            System.arraycopy(sigmoids, row * size, sigmoid, 0, size);
            System.arraycopy(gradient, row * size, given, 0, size);
            silu(gate, up, sigmoid, given, size);
            System.arraycopy(gate, 0, into, 2 * row * size, size);
            System.arraycopy(up, 0, into, (2 * row + 1) * size, size);
            System.arraycopy(given, 0, gradient, row * size, size);
        }
    }

    /** Replaces gate and up by their gradients, and the gradient of what they give by that itself. */
    private static void silu(float[] gate, float[] up, float[] sigmoid, float[] given, int size) {
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
