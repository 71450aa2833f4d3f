package plumb.torch;

import java.util.List;
import org.bytedeco.pytorch.AutoGradMode;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The gradient tape: when it records, and how it runs. */
public final class Autograd {
    private Autograd() {}

    /** Until closed, operations on this thread record no gradient. Close it on the thread that opened it. */
    public static Pause pause() {
        return new Pause();
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

    /** See {@link Autograd#pause}. */
    public static final class Pause implements AutoCloseable {
        private final AutoGradMode mode = new AutoGradMode(false);

        private Pause() {}

        @Override
        public void close() {
            mode.deallocate(); // now, whichever scopes still know it
        }
    }
}
