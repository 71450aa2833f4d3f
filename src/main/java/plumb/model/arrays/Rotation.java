package plumb.model.arrays;

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

    /** Cosines, then sines, of each position: [positions, headDim] */
    float[] table(int[] positions, int count) {
        var table = new float[count * 2 * half];
        for (int token = 0; token < count; token++) {
            int at = token * 2 * half;
            for (int i = 0; i < half; i++) {
                float angle = positions[token] * frequencies[i]; // in fp32, as the reference computes it
                table[at + i] = (float) Math.cos(angle);
                table[at + half + i] = (float) Math.sin(angle);
            }
        }
        return table;
    }

    /** Rotates every head of x: [count, heads, headDim]. */
    void rotate(float[] x, int heads, float[] table, int count) {
        for (int token = 0; token < count; token++) {
            for (int head = 0; head < heads; head++) {
                rotateOne(x, (token * heads + head) * 2 * half, table, token * 2 * half);
            }
        }
    }

    private void rotateOne(float[] x, int at, float[] table, int angle) {
        for (int i = 0; i < half; i++) {
            float a = x[at + i];
            float b = x[at + half + i];
            float cos = table[angle + i];
            float sin = table[angle + half + i];
            x[at + i] = a * cos - b * sin;
            x[at + half + i] = b * cos + a * sin;
        }
    }
}
