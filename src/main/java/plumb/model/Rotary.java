package plumb.model;

import java.util.ArrayList;
import java.util.List;
import plumb.model.config.Rope;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864) in the half-split layout of Hugging Face checkpoints. The sine
 * table carries the sign of the rotated half, so that one roll and two products do it.
 */
final class Rotary implements AutoCloseable {
    private static final int FIRST_LENGTH = 512;

    private final int half;
    private final Rope rope;
    private final String device;
    private final List<Tables> retired = new ArrayList<>();
    private volatile Tables tables;

    Rotary(Rope rope, int headDim, String device) {
        this.half = headDim / 2;
        this.rope = rope;
        this.device = device;
        this.tables = tables(FIRST_LENGTH);
    }

    /** Both tables up to a length: each [length, 1, headDim]. */
    private record Tables(Tensor cos, Tensor sin, int length) {}

    /**
     * Cosines and signed sines at these positions.
     *
     * @param cos [tokens, 1, headDim]
     * @param sin [tokens, 1, headDim], negative in the first half
     */
    record CosSin(Tensor cos, Tensor sin) {
        /** Rotates every head of x: [tokens, heads, headDim]. */
        Tensor rotate(Tensor x) {
            return x.mul(cos).addcmul(x.roll(x.size(2) / 2, 2), sin);
        }
    }

    /** The rotations of one pass, by layer: global layers and local ones may differ. */
    interface Angles {
        CosSin of(int layer);
    }

    /** In the type of the states that will be rotated. */
    CosSin at(Tensor positions, Dtype dtype) {
        var known = tables;
        return new CosSin(
                known.cos().indexSelect(0, positions).to(dtype),
                known.sin().indexSelect(0, positions).to(dtype));
    }

    /** Makes the tables long enough for positions below {@code length}. */
    synchronized void grow(int length) {
        if (length > tables.length()) {
            retired.add(tables); // another thread may be reading them
            tables = tables(length);
        }
    }

    private Tables tables(int length) {
        int size = 2 * half;
        var cosines = new float[length * size];
        var sines = new float[length * size];
        var frequencies = new float[half];
        for (int i = 0; i < half; i++) {
            frequencies[i] = rope.frequency(i, half);
        }
        for (int position = 0; position < length; position++) {
            for (int i = 0; i < half; i++) {
                float angle = position * frequencies[i]; // in fp32, as the reference computes it
                cosines[position * size + i] = (float) Math.cos(angle);
                cosines[position * size + half + i] = (float) Math.cos(angle);
                sines[position * size + i] = (float) -Math.sin(angle);
                sines[position * size + half + i] = (float) Math.sin(angle);
            }
        }
        return new Tables(
                Tensor.of(cosines, length, 1, size).to(device).hold(),
                Tensor.of(sines, length, 1, size).to(device).hold(),
                length);
    }

    @Override
    public synchronized void close() {
        retired.add(tables);
        for (var old : retired) {
            old.cos().release();
            old.sin().release();
        }
        retired.clear();
    }
}
