package plumb.model;

import org.jspecify.annotations.Nullable;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

/** RMSNorm over the last dimension; soft ones (Gemma's) multiply by 1 + weight and compute in fp32. */
final class Norm implements AutoCloseable {
    private final Tensor weight;
    private final double epsilon;
    private final @Nullable Tensor shifted;

    Norm(Tensor weight, double epsilon, boolean soft) {
        this.weight = weight;
        this.epsilon = epsilon;
        this.shifted = soft ? weight.to(Dtype.F32).add(1).hold() : null;
    }

    Tensor apply(Tensor x) {
        return shifted == null
                ? x.rmsNorm(weight, epsilon)
                : x.to(Dtype.F32).rmsNorm(shifted, epsilon).to(x.dtype());
    }

    @Override
    public void close() {
        if (shifted != null) {
            shifted.release();
        }
    }
}
