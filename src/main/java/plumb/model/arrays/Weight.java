package plumb.model.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import plumb.torch.Blas.Matrix;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

/**
 * A weight [out, in] where the decoder keeps it, in its own type; nothing is copied. Processors without arithmetic for the
 * 16-bit types widen a tile of it at a time: the products are then those of fp32 on the same numbers.
 */
final class Weight {
    /** Elements widened at once: the tile stays near the core between widening and multiplying. */
    private static final int TILE = 1 << 17;

    /** Rows that a thread of several takes of a weight with many. */
    private static final int SHARE = 448;
    /** Shares are multiples of this many rows, as the kernels of products take them. */
    private static final int GRAIN = 16;

    private final MemorySegment memory;
    private final Dtype dtype;
    private final int out;
    private final int in;

    Weight(Tensor tensor) {
        this.memory = tensor.memory();
        this.dtype = tensor.dtype();
        this.out = (int) tensor.size(0);
        this.in = (int) tensor.size(1);
    }

    int out() {
        return out;
    }

    int in() {
        return in;
    }

    /** The whole of it, which is kept in fp32: [out, in] */
    Matrix matrix() {
        return new Matrix(memory, out, in, in);
    }

    /** into = x Wᵀ for x [tokens, in] and into [tokens, out] */
    void apply(Pass pass, Matrix x, Matrix into) {
        int rows = rowsAtOnce(pass.threads(), x.rows());
        pass.each(Math.ceilDiv(out, rows), (hand, part) -> {
            int first = part * rows;
            int count = Math.min(rows, out - first);
            var target = new Matrix(into.memory().asSlice(4L * first), into.rows(), count, into.stride());
            pass.blas().timesTransposed(x, some(first, count, hand.tile()), target, 1);
        });
    }

    /**
     * How many of its rows are multiplied in one product: those that a thread widens at once, or takes of what it shares. One
     * part at least for everybody, and large ones for many tokens, which each product brings into another order for itself.
     */
    private int rowsAtOnce(int threads, int tokens) {
        int widened = dtype == Dtype.F32 ? out : Math.max(1, TILE / in);
        if (threads == 1) {
            return widened;
        }
        int parts = Math.max(threads, out / Math.max(SHARE, tokens));
        return Math.min(widened, Math.ceilDiv(out, parts * GRAIN) * GRAIN);
    }

    /** Some of its rows, in fp32. */
    private Matrix some(int first, int count, Tile tile) {
        if (dtype == Dtype.F32) {
            return new Matrix(memory.asSlice(4L * first * in), count, in, in);
        }
        return Matrix.of(tile.widened(memory, dtype, (long) first * in, count * in), 0, count, in);
    }

    /** Row {@code index}, as an embedding is looked up. */
    void copyRow(int index, float[] to, int offset) {
        if (index < 0 || index >= out) {
            throw new IndexOutOfBoundsException("there is no row " + index + " in a weight of " + out);
        }
        var wide = MemorySegment.ofArray(to);
        if (dtype == Dtype.F32) {
            MemorySegment.copy(memory, 4L * index * in, wide, 4L * offset, 4L * in);
        } else {
            System.arraycopy(new Tile().widened(memory, dtype, (long) index * in, in), 0, to, offset, in);
        }
    }

    /** Where a thread widens. */
    static final class Tile {
        private short[] narrow = new short[0];
        private float[] wide = new float[0];

        /** {@code count} elements from {@code start} on, as fp32. */
        float[] widened(MemorySegment from, Dtype dtype, long start, int count) {
            if (narrow.length < count) {
                narrow = new short[count];
                wide = new float[count];
            }
            MemorySegment.copy(from, ValueLayout.JAVA_SHORT_UNALIGNED, 2 * start, narrow, 0, count);
            if (dtype == Dtype.BF16) {
                fromBfloat(narrow, wide, count);
            } else {
                fromHalf(narrow, wide, count);
            }
            return wide;
        }

        private static void fromBfloat(short[] narrow, float[] wide, int count) {
            for (int i = 0; i < count; i++) {
                wide[i] = Float.intBitsToFloat(narrow[i] << 16);
            }
        }

        private static void fromHalf(short[] narrow, float[] wide, int count) {
            for (int i = 0; i < count; i++) {
                wide[i] = Float.float16ToFloat(narrow[i]);
            }
        }
    }
}
