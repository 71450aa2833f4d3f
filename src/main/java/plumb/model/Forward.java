package plumb.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import plumb.torch.Tensor;

/** What one forward pass left behind. The logits are not among it: losses compute them in chunks from the hidden states. */
public final class Forward {
    private final Batch batch;
    private final Supplier<List<Tensor>> residuals;
    private final Tensor hidden;
    private final Tensor head;

    private Forward(Batch batch, Supplier<List<Tensor>> residuals, Tensor hidden, Tensor head) {
        this.batch = batch;
        this.residuals = residuals;
        this.hidden = hidden;
        this.head = head;
    }

    Forward(Batch batch, List<Tensor> residuals, Tensor hidden, Tensor head) {
        this(batch, () -> residuals, hidden, head);
    }

    /**
     * A pass of which the final states are known already.
     *
     * @param pass the whole of it, run when somebody asks for more
     */
    public static Forward known(Batch batch, Tensor hidden, Tensor head, Supplier<Forward> pass) {
        var whole = new ArrayList<Forward>(1);
        return new Forward(
                batch,
                () -> {
                    if (whole.isEmpty()) {
                        whole.add(pass.get());
                    }
                    return whole.getFirst().residuals.get();
                },
                hidden,
                head);
    }

    public Batch batch() {
        return batch;
    }

    /** The residual stream leaving a block, before the final norm: {@code [tokens, hidden]}. */
    public Tensor residual(int layer) {
        return residuals.get().get(layer);
    }

    public int layers() {
        return residuals.get().size();
    }

    /** After the final norm: {@code [tokens, hidden]}. Logits are {@code hidden · headᵀ}. */
    public Tensor hidden() {
        return hidden;
    }

    /** The output head: {@code [vocabulary, hidden]}. */
    public Tensor head() {
        return head;
    }
}
