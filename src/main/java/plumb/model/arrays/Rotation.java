package plumb.model.arrays;

import java.util.Arrays;
import plumb.model.config.Rope;

/** Rotary position embedding (Su et al., arXiv 2104.09864) in the half-split layout, on arrays. */
final class Rotation {
    private final int half;
    private final float[] frequencies;

    Rotation(Rope rope, int headDim) {
        this.half = headDim / 2;
        this.frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            frequencies[i] = rope.frequency(i, half);
        }
    }

    /** What one thread knows already: cosines, then sines, of the first positions, [positions, headDim]. */
    static final class Table {
        private float[] known = new float[0];
    }

    /** Rotates every head of x, [tokens, heads, headDim], by its token's position. */
    void rotate(float[] x, int heads, int[] positions, Table table) {
        rotate(x, heads * 2 * half, heads, positions, table);
    }

    /**
     * Rotates the first heads of every row.
     *
     * @param stride elements from a token's row to the next
     */
    void rotate(float[] x, int stride, int heads, int[] positions, Table table) {
        learn(table, Arrays.stream(positions).max().orElse(0));
        for (int token = 0; token < positions.length; token++) {
            for (int head = 0; head < heads; head++) {
                rotateOne(x, token * stride + head * 2 * half, table.known, positions[token] * 2 * half, 1);
            }
        }
    }

    /** What {@link #rotate} did is undone, which is its gradient, too. */
    void rotateBack(float[] x, int stride, int heads, int[] positions, Table table) {
        learn(table, Arrays.stream(positions).max().orElse(0));
        for (int token = 0; token < positions.length; token++) {
            for (int head = 0; head < heads; head++) {
                rotateOne(x, token * stride + head * 2 * half, table.known, positions[token] * 2 * half, -1);
            }
        }
    }

    private void learn(Table table, int position) {
        int size = 2 * half;
        int known = table.known.length / size;
        if (position < known) {
            return;
        }
        table.known = Arrays.copyOf(table.known, Math.max(position + 1, 2 * known) * size);
        for (int next = known; next < table.known.length / size; next++) {
            for (int i = 0; i < half; i++) {
                float angle = next * frequencies[i]; // in fp32, as the reference computes it
                table.known[next * size + i] = (float) Math.cos(angle);
                table.known[next * size + half + i] = (float) Math.sin(angle);
            }
        }
    }

    private void rotateOne(float[] x, int at, float[] table, int angle, float direction) {
        for (int i = 0; i < half; i++) {
            float a = x[at + i];
            float b = x[at + half + i];
            float cos = table[angle + i];
            float sin = direction * table[angle + half + i];
            x[at + i] = a * cos - b * sin;
            x[at + half + i] = b * cos + a * sin;
        }
    }
}
