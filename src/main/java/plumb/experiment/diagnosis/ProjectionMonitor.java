package plumb.experiment.diagnosis;

import java.util.List;
import plumb.chat.Conversation;
import plumb.diagnose.LayerVectors;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.train.LossTerm;
import plumb.train.Step;
import plumb.train.TrainingHooks;

/**
 * The finetuning shift as it happens (Chen et al., arXiv 2507.21509): how far the last prompt token of fixed questions has
 * moved along the persona vector since training began, (mean h_l now − mean h_l before) · v/‖v‖. It is logged as {@code
 * loss/projection} with weight 0: watching changes no number of the run.
 */
public final class ProjectionMonitor implements TrainingHooks {
    private final ExperimentSpec.Monitor settings;
    private final LayerVectors vectors;
    private final Batch prompts;
    private long watched = -1;
    private double before = Double.NaN;

    /** Watches the last tokens of these questions. */
    public ProjectionMonitor(
            ExperimentSpec.Monitor settings, LayerVectors vectors, List<Conversation> questions, Subject subject) {
        vectors.requireFits(subject.decoder());
        if (settings.layer() >= vectors.layers()) {
            throw new IllegalArgumentException(
                    "monitor.layer must be below the model's " + vectors.layers() + ", got " + settings.layer());
        }
        this.settings = settings;
        this.vectors = vectors;
        this.prompts = new Batch(questions.stream()
                .map(question -> subject.prompt(question, Integer.MAX_VALUE))
                .map(ids -> new Batch.Row(ids, new boolean[ids.length], false))
                .toList());
    }

    @Override
    public List<LossTerm> losses(Step step, Forward forward) {
        if (step.index() % settings.every() != 0 || step.index() == watched) {
            return List.of(); // a step of several batches is watched once
        }
        watched = step.index();
        try (var scope = new Scope();
                var _ = Autograd.pause()) {
            if (Double.isNaN(before)) {
                before = projection(step.reference(prompts)); // without the adapter it stays what it is
            }
            double shift = projection(step.forward(prompts, List.of())) - before;
            return List.of(new LossTerm("projection", 0, scope.keep(Tensor.full(shift, Dtype.F32, "cpu"))));
        }
    }

    private double projection(Forward forward) {
        var residual = forward.residual(settings.layer());
        var last = prompts.lastTokens();
        var mean = residual.indexSelect(0, Tensor.of(last, last.length).to(residual.device()))
                .to(Dtype.F32)
                .mean(0, false); // [hidden]
        var direction = vectors.tensor(settings.layer(), residual.device());
        return mean.mul(direction).sum().item() / vectors.norm(settings.layer());
    }
}
