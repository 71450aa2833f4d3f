package plumb.model.config;

/**
 * The shape of a decoder, by the names of {@code config.json} in brackets.
 *
 * @param vocabularySize tokens the embedding knows [vocab_size]
 * @param hiddenSize width of the residual stream [hidden_size]
 * @param intermediateSize width of the MLP [intermediate_size]
 * @param layers decoder blocks [num_hidden_layers]
 * @param heads query heads [num_attention_heads]
 * @param kvHeads key and value heads; divides {@code heads} [num_key_value_heads]
 * @param headDim width of one head [head_dim]
 * @param normEpsilon ε of RMSNorm [rms_norm_eps]
 * @param rope rotation of queries and keys, in layers that see everything
 * @param maxPositions longest sequence the model was made for [max_position_embeddings]
 * @param tied whether the output head is the embedding [tie_word_embeddings]
 * @param architecture what its family does differently from plain Llama
 */
public record ModelConfig(
        int vocabularySize,
        int hiddenSize,
        int intermediateSize,
        int layers,
        int heads,
        int kvHeads,
        int headDim,
        double normEpsilon,
        Rope rope,
        int maxPositions,
        boolean tied,
        Architecture architecture) {
    public ModelConfig {
        if (vocabularySize < 1 || hiddenSize < 1 || intermediateSize < 1 || layers < 1 || maxPositions < 1) {
            throw new IllegalArgumentException("a model's sizes must be positive");
        }
        if (heads < 1 || kvHeads < 1 || heads % kvHeads != 0) {
            throw new IllegalArgumentException(
                    "num_key_value_heads (" + kvHeads + ") must divide num_attention_heads (" + heads + ")");
        }
        if (headDim < 2 || headDim % 2 != 0) {
            throw new IllegalArgumentException("head_dim must be even, got " + headDim);
        }
    }

    /** A plain Llama of this shape. */
    public ModelConfig(
            int vocabularySize,
            int hiddenSize,
            int intermediateSize,
            int layers,
            int heads,
            int kvHeads,
            int headDim,
            double normEpsilon,
            double ropeTheta,
            int maxPositions,
            boolean tied) {
        this(
                vocabularySize,
                hiddenSize,
                intermediateSize,
                layers,
                heads,
                kvHeads,
                headDim,
                normEpsilon,
                Rope.plain(ropeTheta),
                maxPositions,
                tied,
                Architecture.llama(headDim));
    }

    /** How many tokens a token of this layer sees, itself among them. */
    public int window(int layer) {
        return isLocal(layer) ? architecture.local().orElseThrow().window() : Integer.MAX_VALUE;
    }

    /** Whether this layer looks back only so far, with the local rotation. */
    public boolean isLocal(int layer) {
        return architecture.local().map(l -> l.layers().contains(layer)).orElse(false);
    }
}
