package plumb.model;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import plumb.model.config.ModelConfig;
import plumb.torch.Tensor;
import plumb.torch.Torch;

/**
 * The cache for fp32 on a CPU: plain arrays, one pair a row and block. One token a row makes products of a few thousand
 * operations each, for which a matrix library costs ten times the arithmetic. Here they are loops with eight independent
 * sums, short enough that nothing else pays, and dropping a row copies nothing.
 */
final class ArrayCache implements KeyValueCache {
    private final ModelConfig config;
    private final int capacity;
    /** [layer][row]: kvHeads × capacity × headDim, and so the values */
    private final float[][][] keys;

    private final float[][][] values;

    private ArrayCache(ModelConfig config, int capacity, float[][][] keys, float[][][] values) {
        this.config = config;
        this.capacity = capacity;
        this.keys = keys;
        this.values = values;
    }

    static ArrayCache empty(ModelConfig config, int rows, int capacity) {
        int size = config.kvHeads() * config.headDim() * capacity;
        return new ArrayCache(
                config, capacity, new float[config.layers()][rows][size], new float[config.layers()][rows][size]);
    }

    @Override
    public void fill(int layer, Tensor newKeys, Tensor newValues) {
        var k = newKeys.floats();
        var v = newValues.floats();
        int length = (int) newKeys.size(2);
        int size = config.headDim();
        for (int row = 0; row < keys[layer].length; row++) {
            for (int head = 0; head < config.kvHeads(); head++) {
                for (int position = 0; position < length; position++) {
                    int from = ((row * config.kvHeads() + head) * length + position) * size;
                    put(layer, row, head, position, k, v, from);
                }
            }
        }
    }

    private void put(int layer, int row, int head, int position, float[] k, float[] v, int from) {
        int size = config.headDim();
        int to = (head * capacity + position) * size;
        System.arraycopy(k, from, keys[layer][row], to, size);
        System.arraycopy(v, from, values[layer][row], to, size);
    }

    @Override
    public Tensor attend(int layer, Block.Heads heads, long[] positions) {
        int rows = positions.length;
        int width = config.heads() * config.headDim();
        int seen = (int) Arrays.stream(positions).max().orElseThrow() + 1;
        var q = heads.queries().floats();
        var k = heads.keys().floats();
        var v = heads.values().floats();
        var scores = new float[rows * config.heads() * seen];
        each(rows, row -> {
            for (int head = 0; head < config.kvHeads(); head++) {
                int from = (row * config.kvHeads() + head) * config.headDim();
                put(layer, row, head, (int) positions[row], k, v, from);
            }
            int length = (int) positions[row] + 1;
            score(keys[layer][row], q, row, Math.max(0, length - config.window(layer)), length, scores, seen);
        });
        var weights = Tensor.of(scores, (long) rows * config.heads(), seen)
                .softmax(-1)
                .floats();
        var out = new float[rows * width];
        each(rows, row -> mix(values[layer][row], weights, row, (int) positions[row] + 1, seen, out));
        return Tensor.of(out, rows, width);
    }

    private static void each(int rows, IntConsumer body) {
        var range = IntStream.range(0, rows);
        (Torch.threads() > 1 ? range.parallel() : range).forEach(body);
    }

    /** q · k · scale for every head of a row at places first … length; −∞ elsewhere. */
    private void score(float[] rowKeys, float[] q, int row, int first, int length, float[] scores, int seen) {
        int size = config.headDim();
        int group = config.heads() / config.kvHeads();
        float scale = (float) config.architecture().attentionScale();
        for (int head = 0; head < config.heads(); head++) {
            int out = (row * config.heads() + head) * seen;
            int query = (row * config.heads() + head) * size;
            int key = head / group * capacity * size;
            Arrays.fill(scores, out, out + first, Float.NEGATIVE_INFINITY);
            for (int position = first; position < length; position++) {
                scores[out + position] = scale * dot(q, query, rowKeys, key + position * size, size);
            }
            Arrays.fill(scores, out + length, out + seen, Float.NEGATIVE_INFINITY);
        }
    }

    private static float dot(float[] a, int at, float[] b, int bt, int size) {
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        int i = 0;
        for (; i + 7 < size; i += 8) {
            s0 += a[at + i] * b[bt + i];
            s1 += a[at + i + 1] * b[bt + i + 1];
            s2 += a[at + i + 2] * b[bt + i + 2];
            s3 += a[at + i + 3] * b[bt + i + 3];
            s4 += a[at + i + 4] * b[bt + i + 4];
            s5 += a[at + i + 5] * b[bt + i + 5];
            s6 += a[at + i + 6] * b[bt + i + 6];
            s7 += a[at + i + 7] * b[bt + i + 7];
        }
        for (; i < size; i++) {
            s0 += a[at + i] * b[bt + i];
        }
        return ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7));
    }

    /** Σ weight · v for every head of a row. */
    private void mix(float[] rowValues, float[] weights, int row, int length, int seen, float[] out) {
        int size = config.headDim();
        int group = config.heads() / config.kvHeads();
        for (int head = 0; head < config.heads(); head++) {
            int weight = (row * config.heads() + head) * seen;
            int value = head / group * capacity * size;
            int to = (row * config.heads() + head) * size;
            int i = 0;
            for (; i + 7 < size; i += 8) {
                mixEight(weights, weight, rowValues, value + i, length, out, to + i);
            }
            for (; i < size; i++) {
                for (int position = 0; position < length; position++) {
                    out[to + i] += weights[weight + position] * rowValues[value + position * size + i];
                }
            }
        }
    }

    /** Eight neighbouring elements of a head's output. */
    private void mixEight(float[] weights, int weight, float[] from, int value, int length, float[] out, int to) {
        int size = config.headDim();
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0;
        for (int position = 0; position < length; position++) {
            float w = weights[weight + position];
            int at = value + position * size;
            s0 += w * from[at];
            s1 += w * from[at + 1];
            s2 += w * from[at + 2];
            s3 += w * from[at + 3];
            s4 += w * from[at + 4];
            s5 += w * from[at + 5];
            s6 += w * from[at + 6];
            s7 += w * from[at + 7];
        }
        out[to] = s0;
        out[to + 1] = s1;
        out[to + 2] = s2;
        out[to + 3] = s3;
        out[to + 4] = s4;
        out[to + 5] = s5;
        out[to + 6] = s6;
        out[to + 7] = s7;
    }

    @Override
    public KeyValueCache rows(long[] indices, int newCapacity) {
        return new ArrayCache(
                config, newCapacity, chosen(keys, indices, newCapacity), chosen(values, indices, newCapacity));
    }

    /** Rows that are only dropped or reordered keep their arrays; repeated or resized ones are copied. */
    private float[][][] chosen(float[][][] cached, long[] indices, int newCapacity) {
        var chosen = new float[cached.length][indices.length][];
        boolean shared =
                newCapacity == capacity && Arrays.stream(indices).distinct().count() == indices.length;
        for (int layer = 0; layer < cached.length; layer++) {
            for (int i = 0; i < indices.length; i++) {
                var row = cached[layer][(int) indices[i]];
                chosen[layer][i] = shared ? row : resized(row, newCapacity);
            }
        }
        return chosen;
    }

    private float[] resized(float[] row, int newCapacity) {
        int oldRun = capacity * config.headDim();
        int newRun = newCapacity * config.headDim();
        var copy = new float[row.length / oldRun * newRun];
        for (int run = 0; run < row.length / oldRun; run++) {
            System.arraycopy(row, run * oldRun, copy, run * newRun, Math.min(oldRun, newRun));
        }
        return copy;
    }

    @Override
    public void close() {
        // arrays belong to the garbage collector
    }
}
