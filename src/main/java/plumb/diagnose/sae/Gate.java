package plumb.diagnose.sae;

import plumb.torch.Tensor;

/** Which latents speak. */
public sealed interface Gate {
    /** The k largest of a token, if positive (Gao et al., arXiv 2406.04093). */
    record TopK(int k) implements Gate {}

    /** All that are positive. */
    record Relu() implements Gate {}

    /**
     * Those above a threshold of their own (Rajamanoharan et al., arXiv 2407.14435).
     *
     * @param thresholds [latents]
     */
    record JumpRelu(Tensor thresholds) implements Gate {}

    /** The latents that may speak, 0 elsewhere: [tokens, latents] */
    default Tensor apply(Tensor before) {
        var zero = Tensor.zeros(before.dtype(), before.device(), 1);
        return switch (this) {
            case Relu() -> before.mul(zero.lt(before));
            case JumpRelu(var thresholds) -> before.mul(thresholds.lt(before)).mul(zero.lt(before));
            case TopK(int k) -> {
                var least = before.detach().largest(k, 1).values().narrow(1, k - 1, 1); // [tokens, 1]
                yield before.mul(before.ge(least)).mul(zero.lt(before));
            }
        };
    }
}
