package plumb.train;

import java.util.List;
import java.util.Map;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Tensor;

/**
 * What a run trains towards: the rows of each step and the loss on them. {@link RowsObjective} takes rows that were brought, to
 * be learned or ({@link NegativePreference}) to be forgotten, {@code train.policy} those the model has just written itself.
 * Everything else about a step (hooks, clipping, optimizer, checkpoints) is the {@link Trainer}'s and the same for all. An
 * instance serves one run.
 */
public interface Objective {
    /** Optimizer steps of the whole run. */
    long steps();

    /** What is about to be trained, from this step on. */
    RunListener.Plan plan(long firstStep);

    /** Equal hashes: from equal weights, the same rows in every step. In hex. */
    String hash();

    /** Whether the adapter, the optimizer and the number of a step are all that is needed to go on with it. */
    default boolean resumable(long step) {
        return true;
    }

    /** The batches of a step, from 0; asked once a step, in order, with the adapter as the step before left it. */
    List<Batch> batches(long step, Adapter adapter);

    /** The loss on one of the step's batches; the losses of all of them add up to the step's. A scalar with gradient. */
    Tensor loss(Step step, Forward forward);

    /** What was seen in the step that has just been taken, by name, beside its losses. */
    default Map<String, Double> measures() {
        return Map.of();
    }

    /** Rows that are read in several steps, each once, in the order of first appearance: clean passes keep them. */
    default List<Batch.Row> returning() {
        return List.of();
    }
}
