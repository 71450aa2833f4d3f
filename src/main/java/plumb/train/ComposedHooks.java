package plumb.train;

import java.util.List;
import plumb.data.TrainingData;
import plumb.model.ActivationEdit;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Forward;

/** Several hooks as one, in their order: edits and losses concatenate, the other moments apply one after another. */
public record ComposedHooks(List<TrainingHooks> hooks) implements TrainingHooks {
    public ComposedHooks {
        hooks = List.copyOf(hooks);
    }

    @Override
    public TrainingData data(TrainingData data) {
        for (var hook : hooks) {
            data = hook.data(data);
        }
        return data;
    }

    @Override
    public List<ActivationEdit> edits(Step step, Batch batch) {
        return hooks.stream().flatMap(hook -> hook.edits(step, batch).stream()).toList();
    }

    @Override
    public List<LossTerm> losses(Step step, Forward forward) {
        return hooks.stream()
                .flatMap(hook -> hook.losses(step, forward).stream())
                .toList();
    }

    @Override
    public void gradients(Step step, Gradients gradients) {
        hooks.forEach(hook -> hook.gradients(step, gradients));
    }

    @Override
    public void weights(Step step, Adapter adapter) {
        hooks.forEach(hook -> hook.weights(step, adapter));
    }

    @Override
    public void finish(Adapter adapter) {
        hooks.forEach(hook -> hook.finish(adapter));
    }
}
