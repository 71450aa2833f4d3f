package plumb.model;

import org.jspecify.annotations.Nullable;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

/**
 * How attention sees a batch: rows padded to the longest, queries of a group stacked over their shared key head. Padding
 * stands behind each row, so the causal mask already hides it.
 */
final class AttentionLayout {
    /** Longer rows are attended to in blocks of this many queries, so that scores never need memory in seq². */
    private static final int BLOCK = 256;

    private final int rows;
    private final int length;
    private final int keyHeads;
    private final int group;
    private final int headDim;
    private final double scale;
    private final @Nullable Tensor toPadded;
    private final @Nullable Tensor toFlat;
    private final String device;

    AttentionLayout(Batch batch, ModelConfig config, String device) {
        this.rows = batch.rows().size();
        this.length = batch.longest();
        this.keyHeads = config.kvHeads();
        this.group = config.heads() / config.kvHeads();
        this.headDim = config.headDim();
        this.scale = 1 / Math.sqrt(headDim);
        this.toPadded = batch.toPadded(device);
        this.toFlat = batch.toFlat(device);
        this.device = device;
    }

    /** From [tokens, heads, headDim] to [rows, length, heads, headDim]. */
    private Tensor padded(Tensor x) {
        var padded = toPadded == null ? x : x.indexSelect(0, toPadded);
        return padded.view(rows, length, x.size(1), headDim);
    }

    /** Keys or values: [rows · keyHeads, length, headDim] */
    Tensor keys(Tensor x) {
        return padded(x).transpose(1, 2).reshape((long) rows * keyHeads, length, headDim);
    }

    /** What {@link #keys} made, row by row: [rows, keyHeads, length, headDim] */
    Tensor byRow(Tensor keys) {
        return keys.view(rows, keyHeads, length, headDim);
    }

    /** Causal attention of queries [tokens, heads, headDim] over keys and values as {@link #keys} lays them out. */
    Tensor attend(Tensor queries, Tensor keys, Tensor values) {
        var q = padded(queries).view(rows, length, keyHeads, group, headDim).permute(0, 2, 3, 1, 4);
        var out = length <= BLOCK ? block(q, keys, values, 0, length) : blocks(q, keys, values);
        var flat = out.permute(0, 3, 1, 2, 4).reshape((long) rows * length, (long) keyHeads * group * headDim);
        return toFlat == null ? flat : flat.indexSelect(0, toFlat); // [tokens, heads · headDim]
    }

    private Tensor blocks(Tensor q, Tensor keys, Tensor values) {
        var parts = new java.util.ArrayList<Tensor>();
        for (int start = 0; start < length; start += BLOCK) {
            parts.add(block(q, keys, values, start, Math.min(BLOCK, length - start)));
        }
        return Tensor.cat(parts, 3);
    }

    /** Queries start … start + count of every row, over the keys up to there: [rows, keyHeads, group, count, headDim] */
    private Tensor block(Tensor q, Tensor keys, Tensor values, int start, int count) {
        int seen = start + count;
        var stacked = q.narrow(3, start, count).reshape((long) rows * keyHeads, (long) group * count, headDim);
        var scores = mask(start, count, q.dtype())
                .baddbmm(
                        stacked,
                        keys.narrow(1, 0, seen).transpose(1, 2),
                        scale); // [rows · keyHeads, group · count, seen]
        return scores.softmax(-1).bmm(values.narrow(1, 0, seen)).view(rows, keyHeads, group, count, headDim);
    }

    /** 0 where a query may look, −∞ where not: [1, group · count, seen] */
    private Tensor mask(int start, int count, Dtype dtype) {
        int seen = start + count;
        var mask = new float[count * seen];
        for (int query = 0; query < count; query++) {
            for (int key = start + query + 1; key < seen; key++) {
                mask[query * seen + key] = Float.NEGATIVE_INFINITY;
            }
        }
        return Tensor.of(mask, 1, 1, count, seen)
                .expand(1, group, count, seen)
                .reshape(1, (long) group * count, seen)
                .to(dtype)
                .to(device);
    }
}
