package plumb.model.config;

import java.util.Optional;
import java.util.Set;

/**
 * What a family of decoders does differently from plain Llama.
 *
 * @param biased projections that add a bias, e.g. {@code q_proj}
 * @param headNorms every query and key head goes through an RMSNorm before it is rotated
 * @param softNorms norms multiply by 1 + weight, in fp32, and stand also behind attention and behind the MLP
 * @param activation of the gate
 * @param embeddingScale the embedding's rows are multiplied by it, rounded to their type
 * @param attentionScale query · key is multiplied by it
 * @param local layers that look back only so far
 * @param amongOtherSenses it is the text part of a model that also sees images, and its modules are named so in adapters
 */
public record Architecture(
        Set<String> biased,
        boolean headNorms,
        boolean softNorms,
        Activation activation,
        double embeddingScale,
        double attentionScale,
        Optional<LocalAttention> local,
        boolean amongOtherSenses) {
    public Architecture {
        biased = Set.copyOf(biased);
    }

    /** Of a model of text alone. */
    public Architecture(
            Set<String> biased,
            boolean headNorms,
            boolean softNorms,
            Activation activation,
            double embeddingScale,
            double attentionScale,
            Optional<LocalAttention> local) {
        this(biased, headNorms, softNorms, activation, embeddingScale, attentionScale, local, false);
    }

    /** Plain Llama. */
    public static Architecture llama(int headDim) {
        return new Architecture(Set.of(), false, false, Activation.SILU, 1, 1 / Math.sqrt(headDim), Optional.empty());
    }

    /** Of the gate of an MLP. */
    public enum Activation {
        SILU,
        /** GELU by its tanh approximation. */
        GELU_TANH
    }

    /**
     * Sliding-window attention.
     *
     * @param window a token sees itself and the {@code window − 1} before it
     * @param layers that do so; the others see everything
     * @param rope the rotation in these layers
     */
    public record LocalAttention(int window, Set<Integer> layers, Rope rope) {
        public LocalAttention {
            layers = Set.copyOf(layers);
            if (window < 1) {
                throw new IllegalArgumentException("sliding_window must be positive, got " + window);
            }
        }
    }
}
