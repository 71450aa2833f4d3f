package plumb.model;

import java.util.ArrayList;
import java.util.List;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** The keys and values of rows being generated, one pair a block: each [rows, kvHeads, capacity, headDim]. */
final class KeyValueCache implements AutoCloseable {
    private final List<Tensor> keys = new ArrayList<>();
    private final List<Tensor> values = new ArrayList<>();

    private KeyValueCache() {}

    /** An empty cache for sequences of up to {@code capacity} tokens. */
    static KeyValueCache empty(Decoder decoder, int rows, int capacity) {
        var config = decoder.config();
        var cache = new KeyValueCache();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (var list : List.of(cache.keys, cache.values)) {
                list.add(Tensor.zeros(
                                dtype(decoder), decoder.device(), rows, config.kvHeads(), capacity, config.headDim())
                        .hold());
            }
        }
        return cache;
    }

    private static Dtype dtype(Decoder decoder) {
        return decoder.weight("model.embed_tokens.weight").dtype();
    }

    /** Fills the first {@code length} places of a block from a prompt pass: each [rows, kvHeads, length, headDim]. */
    void fill(int layer, Tensor newKeys, Tensor newValues) {
        long length = newKeys.size(2);
        keys.get(layer).narrow(2, 0, length).copyInPlace(newKeys);
        values.get(layer).narrow(2, 0, length).copyInPlace(newValues);
    }

    /** Writes one token a row: rows and positions are [rows], the rest [rows, kvHeads, headDim]. */
    void put(int layer, Tensor rows, Tensor positions, Tensor newKeys, Tensor newValues) {
        keys.get(layer).putInPlace(rows, positions, newKeys);
        values.get(layer).putInPlace(rows, positions, newValues);
    }

    /** [rows · kvHeads, length, headDim], a view */
    Tensor keys(int layer, long length) {
        return seen(keys.get(layer), length);
    }

    /** [rows · kvHeads, length, headDim], a view */
    Tensor values(int layer, long length) {
        return seen(values.get(layer), length);
    }

    private static Tensor seen(Tensor cached, long length) {
        return cached.view(cached.size(0) * cached.size(1), cached.size(2), cached.size(3))
                .narrow(1, 0, length);
    }

    /** A cache of these rows, in this order, repeats allowed. */
    KeyValueCache rows(Tensor indices, int capacity) {
        var chosen = new KeyValueCache();
        try (var _ = new Scope()) {
            keys.forEach(t -> chosen.keys.add(resized(t.indexSelect(0, indices), capacity)));
            values.forEach(t -> chosen.values.add(resized(t.indexSelect(0, indices), capacity)));
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
