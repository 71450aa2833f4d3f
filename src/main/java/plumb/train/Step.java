package plumb.train;

import java.util.List;
import plumb.model.ActivationEdit;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Tensor;

/** One optimizer step, as hooks see it. */
public interface Step {
    /** From 0. */
    long index();

    /** How many steps the run has. */
    long total();

    /** An extra pass with the adapter, if a method needs one. */
    Forward forward(Batch batch, List<ActivationEdit> edits);

    /** The clean pass: adapter off, no edits, no gradient. One pass a batch, shared by all hooks. */
    Forward reference(Batch batch);

    /** Mean cross-entropy over the batch's response tokens, with gradient: a scalar. */
    Tensor taskLoss(Forward forward);
}
