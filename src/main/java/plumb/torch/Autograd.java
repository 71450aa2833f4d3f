package plumb.torch;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.TensorBase;
import org.bytedeco.pytorch.TensorTensorHook;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The gradient tape: when it records, and how it runs. */
public final class Autograd {
    private Autograd() {}

    /** Until closed, operations on this thread record no gradient. Close it on the thread that opened it. */
    public static Pause pause() {
        return new Pause(false);
    }

    /** Until closed, operations on this thread record gradients even while paused. Close it on the thread that opened it. */
    public static Pause record() {
        return new Pause(true);
    }

    /**
     * A value that was worked out without a tape, put on the tape as a function of {@code x}. It belongs to the innermost
     * scope, and the backward pass must run before that scope closes.
     *
     * @param value of x's shape
     * @param gradient from dloss/dvalue to dloss/dx; runs during the backward pass, with recording paused
     */
    public static Tensor function(Tensor x, Tensor value, UnaryOperator<Tensor> gradient) {
        if (PointerScope.getInnerScope() == null) {
            throw new IllegalStateException("a function with its own gradient needs a Scope around both passes");
        }
        var input = x.requiresGrad() ? x.view(x.shape()) : x.detach().requiresGradInPlace(true);
        input.pointer().register_hook(new GradientHook(gradient));
        return input.sub(input.detach())
                .add(value); // 0 + value, with the gradient of the identity, which the hook replaces
    }

    /** Whether operations on this thread are being recorded. */
    public static boolean records() {
        return GradMode.is_enabled();
    }

    /**
     * Scales the gradients of all parameters by min(1, max / (norm + 1e-6)), with their joint Euclidean norm, as PyTorch
     * does; parameters that no gradient has reached count as 0. A norm that is not finite is returned and nothing is
     * scaled.
     *
     * @return the norm before scaling
     */
    public static double clipGradients(List<Tensor> parameters, double max) {
        try (var _ = new Scope();
                var _ = pause()) {
            var gradients = parameters.stream()
                    .filter(Tensor::hasGradient)
                    .map(Tensor::gradient)
                    .toList();
            if (gradients.isEmpty()) {
                return 0;
            }
            var norms = gradients.stream().map(g -> g.norm().reshape(1)).toList();
            double norm = Tensor.cat(norms, 0).norm().item();
            double factor = max / (norm + 1e-6);
            if (factor < 1 && Double.isFinite(norm)) {
                gradients.forEach(gradient -> gradient.mulInPlace(factor));
            }
            return norm;
        }
    }

    /** Accumulates into the leaves the gradients of several roots at once, each seeded with its own gradient. */
    public static void backward(List<Tensor> roots, List<Tensor> gradients) {
        try (var _ = new Scope()) {
            torch.backward(
                    vector(roots),
                    vector(gradients),
                    new org.bytedeco.pytorch.BoolOptional(),
                    false,
                    new TensorVector());
        }
    }

    static TensorVector vector(List<Tensor> tensors) {
        return new TensorVector(tensors.stream().map(Tensor::pointer).toArray(org.bytedeco.pytorch.Tensor[]::new));
    }

    /** Replaces the gradient of the tensor it is registered on. */
    private static final class GradientHook extends TensorTensorHook {
        private final transient UnaryOperator<Tensor> gradient;

        private GradientHook(UnaryOperator<Tensor> gradient) {
            this.gradient = gradient;
        }

        @Override
        public TensorBase call(TensorBase arrived) {
            try (var scope = new Scope();
                    var _ = pause()) {
                var out = new Tensor(new org.bytedeco.pytorch.Tensor(arrived));
                return scope.keep(gradient.apply(out)).pointer();
            }
        }
    }

    /** See {@link Autograd#pause} and {@link Autograd#record}. */
    public static final class Pause implements AutoCloseable {
        private final boolean recorded = GradMode.is_enabled();

        private Pause(boolean recording) {
            GradMode.set_enabled(recording);
        }

        @Override
        public void close() {
            GradMode.set_enabled(recorded);
        }
    }
}
