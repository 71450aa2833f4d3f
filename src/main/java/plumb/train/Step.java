package plumb.train;

import java.util.List;
import plumb.model.ActivationEdit;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Tensor;

/**
 * One optimizer step, as hooks see it. A step may take several batches (gradient accumulation), whose losses are added
 * up: a loss that is a mean over the step divides by {@link #count}, and accumulation then changes nothing.
 */
public interface Step {
    /** From 0. */
    long index();

    /** How many steps the run has. */
    long total();

    /** An extra pass with the adapter, if a method needs one. */
    Forward forward(Batch batch, List<ActivationEdit> edits);

    /** The clean pass: adapter off, no edits, no gradient. One pass a batch, shared by all hooks. */
    Forward reference(Batch batch);

    /** The objective's loss on one of the step's batches, its share of the step, with gradient: a scalar. */
    Tensor taskLoss(Forward forward);

    /** Losses over the output head that never hold the full logits. */
    HeadLoss headLoss();

    /** How many predictions of this kind all batches of the step have together. */
    long count(Batch.Tokens tokens, Batch.Rows rows);

    /** How many rows of this kind all batches of the step have together. */
    long count(Batch.Rows rows);
}
