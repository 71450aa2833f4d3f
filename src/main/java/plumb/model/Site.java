package plumb.model;

/**
 * A place in the network, named once (after TransformerLens) and used everywhere.
 *
 * @param layer the decoder block, from 0
 * @param stream where in the block
 */
public record Site(int layer, Stream stream) {
    public enum Stream {
        /** The residual stream entering the block. */
        RESIDUAL_PRE,
        /** What attention adds to the residual stream. */
        ATTENTION_OUT,
        /** What the MLP adds to the residual stream. */
        MLP_OUT,
        /** The residual stream leaving the block, before the final norm. */
        RESIDUAL_POST
    }
}
