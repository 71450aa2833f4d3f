package plumb.model;

import plumb.torch.Dtype;
import plumb.torch.Tensor;

/** The keys and values of rows being generated, block by block, and the attention of one new token a row over them. */
sealed interface KeyValueCache extends AutoCloseable permits TensorCache, ArrayCache {

    /** An empty cache for sequences of up to {@code capacity} tokens, in the form that suits the device. */
    static KeyValueCache empty(Decoder decoder, int rows, int capacity) {
        boolean arrays = decoder.device().equals("cpu")
                && decoder.weight("model.embed_tokens.weight").dtype() == Dtype.F32;
        return arrays ? ArrayCache.empty(decoder.config(), rows, capacity) : TensorCache.empty(decoder, rows, capacity);
    }

    /** Fills the first {@code length} places of a block from a prompt pass: each [rows, kvHeads, length, headDim]. */
    void fill(int layer, Tensor keys, Tensor values);

    /**
     * Adds one token a row and attends from it over everything the row has seen.
     *
     * @param heads of the new tokens, one a row
     * @param positions each token's place in its row
     * @return [rows, heads · headDim]
     */
    Tensor attend(int layer, Block.Heads heads, long[] positions);

    /** A cache of these rows, in this order, repeats allowed; this one must be closed all the same. */
    KeyValueCache rows(long[] indices, int capacity);

    @Override
    void close();
}
