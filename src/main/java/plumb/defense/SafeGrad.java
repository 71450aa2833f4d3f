package plumb.defense;

import java.util.ArrayList;
import java.util.List;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.train.Gradients;
import plumb.train.HeadLoss;
import plumb.train.LossTerm;
import plumb.train.Step;
import plumb.train.TrainingHooks;

/**
 * Gradient surgery (SafeGrad, arXiv 2508.07172, known to us by its abstract): with g the gradient of the loss and a that of
 * the divergence from the aligned model on safe rows, g loses what points against a: where ⟨g, a⟩ &lt; 0,
 * g ← g − projection · ⟨g, a⟩/‖a‖² · a, and then g ← g + weight · a. The inner product is over all of the adapter. a takes
 * a pass of its own over the safe rows of an {@link Interleaving} named before it. Where a vanishes, as at the first step,
 * there is nothing to project.
 *
 * @param projection share of the conflict that is taken away; 1 is the paper's, 0 leaves it
 * @param weight of the alignment gradient itself
 * @param direction of the divergence
 */
public record SafeGrad(double projection, double weight, HeadLoss.Direction direction) implements Defense {
    public SafeGrad {
        Ranges.require(projection >= 0 && projection <= 1, "projection", "between 0 and 1", projection);
        Ranges.atLeastZero("weight", weight);
    }

    @Override
    public boolean needsSafeRows() {
        return true;
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return projection == 0 && weight == 0 ? new TrainingHooks() {} : new Surgery(this, context);
    }

    /** One run's bookkeeping. */
    private static final class Surgery implements TrainingHooks {
        private final SafeGrad settings;
        private final TrainingContext context;
        private final List<Batch> safe = new ArrayList<>(); // of this step
        private int steps;
        private int conflicts;
        private double cosines;

        Surgery(SafeGrad settings, TrainingContext context) {
            this.settings = settings;
            this.context = context;
        }

        @Override
        public List<LossTerm> losses(Step step, Forward forward) {
            if (forward.batch().rows().stream().anyMatch(Batch.Row::safe)) {
                // a batch of its own: the reference pass of the step's would be kept longer than its memory, which is
                // given back below
                safe.add(new Batch(forward.batch().only(Batch.Rows.SAFE).rows()));
            }
            return List.of();
        }

        @Override
        public void gradients(Step step, Gradients gradients) {
            if (safe.isEmpty()) {
                return;
            }
            var loss = gradients.all().stream().map(Tensor::copy).toList();
            gradients.adapter().clearGradients();
            alignment(step);
            var alignment = gradients.all().stream().map(Tensor::copy).toList();
            note(settings.combine(loss, alignment));
            for (int i = 0; i < loss.size(); i++) {
                gradients.all().get(i).copyInPlace(loss.get(i));
            }
        }

        /** Accumulates the gradient of the mean divergence over the step's safe rows. */
        private void alignment(Step step) {
            try (var _ = Autograd.record()) {
                for (var batch : safe) {
                    try (var _ = new Scope()) {
                        var counted = batch.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
                        var forward = step.forward(batch, List.of());
                        var trained = new HeadLoss.Places(forward, counted);
                        var clean = new HeadLoss.Places(step.reference(batch), counted);
                        double divisor = (double) step.count(Batch.Tokens.RESPONSE, Batch.Rows.SAFE);
                        step.headLoss()
                                .kl(trained, clean, settings.direction(), divisor)
                                .backward();
                    }
                }
            }
            safe.clear();
        }

        private void note(double cosine) {
            steps++;
            conflicts += cosine < 0 ? 1 : 0;
            cosines += cosine;
        }

        @Override
        public void finish(Adapter adapter) {
            context.reports().accept(new SafeGradReport(steps, conflicts, steps == 0 ? 0 : cosines / steps));
        }
    }

    /** Changes the first list in place as the type comment says; the cosine between the two before that. */
    double combine(List<Tensor> loss, List<Tensor> alignment) {
        double inner = inner(loss, alignment);
        double size = inner(alignment, alignment);
        double along = inner < 0 && size > 0 ? -projection * inner / size : 0;
        double cosine = size > 0 ? inner / Math.sqrt(size * inner(loss, loss)) : 0;
        for (int i = 0; i < loss.size(); i++) {
            loss.get(i).addInPlace(alignment.get(i), along + weight);
        }
        return cosine;
    }

    private static double inner(List<Tensor> x, List<Tensor> y) {
        double sum = 0;
        for (int i = 0; i < x.size(); i++) {
            sum += x.get(i).mul(y.get(i)).sum().item();
        }
        return sum;
    }
}
