package plumb.torch;

import java.util.List;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101), as {@code torch.optim.AdamW} computes it:
 * p ← (1 − ηλ)p − η · m̂ / (√v̂ + ε). The moments are fp32 and can be read and restored, so that a run resumes exactly.
 * Parameters that no gradient has reached are left alone.
 */
public final class AdamW implements AutoCloseable {
    /**
     * What stays the same during a run.
     *
     * @param beta1 decay of the mean gradient
     * @param beta2 decay of the mean squared gradient
     * @param epsilon added to √v̂
     * @param weightDecay λ, times the learning rate
     */
    public record Settings(double beta1, double beta2, double epsilon, double weightDecay) {
        public Settings {
            if (!(beta1 >= 0 && beta1 < 1) || !(beta2 >= 0 && beta2 < 1)) {
                throw new IllegalArgumentException("AdamW's betas must lie in [0, 1), got " + beta1 + " and " + beta2);
            }
            if (!(epsilon > 0) || !(weightDecay >= 0)) {
                throw new IllegalArgumentException(
                        "AdamW needs epsilon > 0 and weight decay >= 0, got " + epsilon + " and " + weightDecay);
            }
        }
    }

    private final List<Tensor> parameters;
    private final List<Tensor> means;
    private final List<Tensor> squares;
    private final Settings settings;
    private long steps;

    /** @param parameters fp32 leaves; they stay the caller's */
    public AdamW(List<Tensor> parameters, Settings settings) {
        this.parameters = List.copyOf(parameters);
        this.settings = settings;
        for (var parameter : parameters) {
            if (parameter.dtype() != Dtype.F32) {
                throw new IllegalArgumentException("AdamW trains fp32 parameters, got " + parameter);
            }
        }
        this.means = this.parameters.stream().map(AdamW::moment).toList();
        this.squares = this.parameters.stream().map(AdamW::moment).toList();
    }

    private static Tensor moment(Tensor parameter) {
        return Tensor.zeros(Dtype.F32, parameter.device(), parameter.shape()).hold();
    }

    /** One step down the accumulated gradients, which are left as they are. */
    public void step(double learningRate) {
        steps++;
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            for (int i = 0; i < parameters.size(); i++) {
                if (parameters.get(i).hasGradient()) {
                    update(i, learningRate);
                }
            }
        }
    }

    private void update(int i, double learningRate) {
        var parameter = parameters.get(i);
        var gradient = parameter.gradient();
        var mean = means.get(i).mulInPlace(settings.beta1()).addInPlace(gradient, 1 - settings.beta1());
        var square =
                squares.get(i).mulInPlace(settings.beta2()).addcmulInPlace(gradient, gradient, 1 - settings.beta2());
        double meanCorrection = 1 - Math.pow(settings.beta1(), (double) steps);
        double squareCorrection = 1 - Math.pow(settings.beta2(), (double) steps);
        var denominator =
                square.sqrt().mulInPlace(1 / Math.sqrt(squareCorrection)).addInPlace(settings.epsilon());
        if (settings.weightDecay() > 0) {
            parameter.mulInPlace(1 - learningRate * settings.weightDecay());
        }
        parameter.addcdivInPlace(mean, denominator, -learningRate / meanCorrection);
    }

    /** m, one tensor a parameter, in the order of the parameters. */
    public List<Tensor> means() {
        return means;
    }

    /** v, one tensor a parameter, in the order of the parameters. */
    public List<Tensor> squares() {
        return squares;
    }

    /** Steps taken so far. */
    public long steps() {
        return steps;
    }

    /** Continues from moments that another instance had after this many steps. */
    public void restore(List<Tensor> means, List<Tensor> squares, long steps) {
        for (int i = 0; i < parameters.size(); i++) {
            this.means.get(i).copyInPlace(means.get(i));
            this.squares.get(i).copyInPlace(squares.get(i));
        }
        this.steps = steps;
    }

    @Override
    public void close() {
        means.forEach(Tensor::release);
        squares.forEach(Tensor::release);
    }
}
