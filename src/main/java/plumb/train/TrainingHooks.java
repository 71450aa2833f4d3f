package plumb.train;

import java.util.List;
import plumb.data.TrainingData;
import plumb.model.ActivationEdit;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Forward;

/** What may be changed about fine-tuning, in the order the trainer asks. Each method changes nothing by default. */
public interface TrainingHooks {
    /** Once, before the first step: the data training will really take, in order. */
    default TrainingData data(TrainingData data) {
        return data;
    }

    /** Before each training forward pass: changes to activations. They never outlive the pass. */
    default List<ActivationEdit> edits(Step step, Batch batch) {
        return List.of();
    }

    /** After each training forward pass: terms added to the task loss. */
    default List<LossTerm> losses(Step step, Forward forward) {
        return List.of();
    }

    /** After the backward passes of a step, before clipping: the adapter's accumulated gradients, to be changed in place. */
    default void gradients(Step step, Gradients gradients) {}

    /** After the optimizer step: the adapter, to be changed in place. */
    default void weights(Step step, Adapter adapter) {}

    /** Once, before the adapter is saved: the adapter, to be changed in place. */
    default void finish(Adapter adapter) {}
}
