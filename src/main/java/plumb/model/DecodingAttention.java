package plumb.model;

import plumb.torch.Dtype;
import plumb.torch.Tensor;

/** Attention of one new token a row over everything cached for its row. */
final class DecodingAttention {
    private DecodingAttention() {}

    /** 0 up to each row's own position, −∞ beyond: [rows · kvHeads, 1, seen]. */
    static Tensor mask(Tensor positions, long seen, ModelConfig config) {
        long rows = positions.numel();
        var beyond = positions.view(rows, 1).lt(Tensor.arange(seen, positions.device())); // [rows, seen]
        return Tensor.zeros(Dtype.F32, positions.device(), rows, seen)
                .maskedFill(beyond, Double.NEGATIVE_INFINITY)
                .view(rows, 1, 1, seen)
                .expand(rows, config.kvHeads(), 1, seen)
                .reshape(rows * config.kvHeads(), 1, seen);
    }

    /**
     * One query a row over the cache.
     *
     * @param queries [rows, heads, headDim]
     * @param keys [rows · kvHeads, seen, headDim]
     * @param values like keys
     * @return [rows, heads · headDim]
     */
    static Tensor attend(Tensor queries, Tensor keys, Tensor values, Tensor mask) {
        long rows = queries.size(0);
        long heads = queries.size(1);
        long headDim = queries.size(2);
        long group = rows * heads / keys.size(0);
        var stacked = queries.view(keys.size(0), group, headDim);
        var scores = mask.to(queries.dtype()).baddbmm(stacked, keys.transpose(1, 2), 1 / Math.sqrt((double) headDim));
        return scores.softmax(-1).bmm(values).view(rows, heads * headDim);
    }
}
