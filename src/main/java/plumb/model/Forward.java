package plumb.model;

import java.util.List;
import plumb.torch.Tensor;

/** What one forward pass left behind. The logits are not among it: losses compute them in chunks from the hidden states. */
public final class Forward {
    private final Batch batch;
    private final List<Tensor> residuals;
    private final Tensor hidden;
    private final Tensor head;

    Forward(Batch batch, List<Tensor> residuals, Tensor hidden, Tensor head) {
        this.batch = batch;
        this.residuals = List.copyOf(residuals);
        this.hidden = hidden;
        this.head = head;
    }

    public Batch batch() {
        return batch;
    }

    /** The residual stream leaving a block, before the final norm: {@code [tokens, hidden]}. */
    public Tensor residual(int layer) {
        return residuals.get(layer);
    }

    public int layers() {
        return residuals.size();
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
