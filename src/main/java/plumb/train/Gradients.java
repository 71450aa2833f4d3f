package plumb.train;

import java.util.List;
import plumb.model.Adapter;
import plumb.torch.Tensor;

/** The adapter's accumulated gradients after the backward passes of one step. Change them in place. */
public final class Gradients {
    private final Adapter adapter;

    Gradients(Adapter adapter) {
        this.adapter = adapter;
    }

    public List<String> modules() {
        return adapter.modules();
    }

    /** The adapter whose gradients these are: {@code lora(module).a().gradient()} and so on. */
    public Adapter adapter() {
        return adapter;
    }

    /** In the order of {@link Adapter#parameters}. */
    public List<Tensor> all() {
        return adapter.parameters().stream().map(Tensor::gradient).toList();
    }
}
