package plumb.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import plumb.model.config.ModelConfig;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * The keys and values of rows being generated, and the attention of one new token a row over them, on any device and in any
 * type: one pair of tensors a block, each [rows, kvHeads, capacity, headDim].
 */
final class TensorCache implements AutoCloseable {
    private final ModelConfig config;
    private final List<Tensor> keys = new ArrayList<>();
    private final List<Tensor> values = new ArrayList<>();

    private TensorCache(ModelConfig config) {
        this.config = config;
    }

    /** An empty cache for sequences of up to {@code capacity} tokens. */
    static TensorCache empty(Decoder decoder, int rows, int capacity) {
        var config = decoder.config();
        var cache = new TensorCache(config);
        for (int layer = 0; layer < config.layers(); layer++) {
            for (var list : List.of(cache.keys, cache.values)) {
                list.add(Tensor.zeros(
                                decoder.computed(),
                                decoder.device(),
                                rows,
                                config.kvHeads(),
                                capacity,
                                config.headDim())
                        .hold());
            }
        }
        return cache;
    }

    /** Fills the first {@code length} places of a block from a prompt pass: each [rows, kvHeads, length, headDim]. */
    void fill(int layer, Tensor newKeys, Tensor newValues) {
        long length = newKeys.size(2);
        keys.get(layer).narrow(2, 0, length).copyInPlace(newKeys);
        values.get(layer).narrow(2, 0, length).copyInPlace(newValues);
    }

    /**
     * Adds one token a row and attends from it over everything the row has seen.
     *
     * @param heads of the new tokens, one a row
     * @param positions each token's place in its row
     * @return [rows, heads · headDim]
     */
    Tensor attend(int layer, Block.Heads heads, long[] positions) {
        var device = heads.queries().device();
        var rows = Tensor.arange(positions.length, device);
        var places = Tensor.of(positions, positions.length).to(device);
        keys.get(layer).putInPlace(rows, places, heads.keys());
        values.get(layer).putInPlace(rows, places, heads.values());
        long seen = Arrays.stream(positions).max().orElseThrow() + 1;
        var mask = mask(places, seen, config.window(layer));
        return attended(heads.queries(), seen(keys.get(layer), seen), seen(values.get(layer), seen), mask);
    }

    /**
     * One query a row over its cache.
     *
     * @param queries [rows, heads, headDim]
     * @param seenKeys [rows · kvHeads, seen, headDim]
     * @param seenValues like the keys
     * @param mask [rows · kvHeads, 1, seen]
     */
    private Tensor attended(Tensor queries, Tensor seenKeys, Tensor seenValues, Tensor mask) {
        long rows = queries.size(0);
        long heads = queries.size(1);
        long headDim = queries.size(2);
        long group = rows * heads / seenKeys.size(0);
        var stacked = queries.view(seenKeys.size(0), group, headDim);
        var scores = mask.to(queries.dtype())
                .baddbmm(
                        stacked, seenKeys.transpose(1, 2), config.architecture().attentionScale());
        return scores.softmax(-1).bmm(seenValues).view(rows, heads * headDim);
    }

    /** 0 for the last {@code window} places up to each row's own, −∞ elsewhere: [rows · kvHeads, 1, seen]. */
    private Tensor mask(Tensor places, long seen, int window) {
        long rows = places.numel();
        var own = places.view(rows, 1);
        var all = Tensor.arange(seen, places.device());
        var mask = Tensor.zeros(Dtype.F32, places.device(), rows, seen)
                .maskedFill(own.lt(all), Double.NEGATIVE_INFINITY); // [rows, seen]
        if (window < seen) {
            mask = mask.maskedFill(own.ge(all.add(window)), Double.NEGATIVE_INFINITY);
        }
        return mask.view(rows, 1, 1, seen)
                .expand(rows, config.kvHeads(), 1, seen)
                .reshape(rows * config.kvHeads(), 1, seen);
    }

    /** [rows · kvHeads, length, headDim], a view */
    private static Tensor seen(Tensor cached, long length) {
        return cached.view(cached.size(0) * cached.size(1), cached.size(2), cached.size(3))
                .narrow(1, 0, length);
    }

    /** A cache of these rows, in this order, repeats allowed; this one must be closed all the same. */
    TensorCache rows(long[] indices, int capacity) {
        var chosen = new TensorCache(config);
        try (var _ = new Scope()) {
            var index = Tensor.of(indices, indices.length).to(keys.getFirst().device());
            keys.forEach(t -> chosen.keys.add(resized(t.indexSelect(0, index), capacity)));
            values.forEach(t -> chosen.values.add(resized(t.indexSelect(0, index), capacity)));
        }
        return chosen;
    }

    private static Tensor resized(Tensor cached, int capacity) {
        if (cached.size(2) == capacity) {
            return cached.hold();
        }
        var larger =
                Tensor.zeros(cached.dtype(), cached.device(), cached.size(0), cached.size(1), capacity, cached.size(3));
        larger.narrow(2, 0, cached.size(2)).copyInPlace(cached);
        return larger.hold();
    }

    @Override
    public void close() {
        keys.forEach(Tensor::release);
        values.forEach(Tensor::release);
        keys.clear();
        values.clear();
    }
}
