package plumb.model;

import plumb.torch.Dtype;
import plumb.torch.Tensor;

/** RMSNorm over the last dimension; soft ones (Gemma's) multiply by 1 + weight and compute in fp32. */
final class Norm implements AutoCloseable {
    private final Tensor weight;
    private final double epsilon;

    /** @param computed the type of what is normed; soft norms compute in fp32 whatever it is */
    Norm(Tensor weight, double epsilon, boolean soft, Dtype computed) {
        this.weight = (soft ? weight.to(Dtype.F32).add(1) : weight.to(computed)).hold();
        this.epsilon = epsilon;
    }

    Tensor weight() {
        return weight;
    }

    Tensor apply(Tensor x) {
        return x.to(weight.dtype()).rmsNorm(weight, epsilon).to(x.dtype());
    }

    @Override
    public void close() {
        weight.release();
    }
}
