package plumb.defense;

import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.diagnose.LayerVectors;
import plumb.model.ActivationEdit;
import plumb.model.Batch;
import plumb.model.Site;
import plumb.train.Step;
import plumb.train.TrainingHooks;

/**
 * Preventative steering (Chen et al., arXiv 2507.21509): during training, and only then, the persona vector is added to
 * the residual stream, h ← h + c·v, so that the weights need not learn to move there. v is not normalised; the gradient
 * passes through unchanged. With {@code layers: all} every layer adds what it would add to the one before (the paper's
 * appendix J.3), which is stronger and wants a smaller c.
 *
 * @param coefficient c; 0 adds nothing
 * @param layers one, or all by their increments
 * @param layer which one, from 0
 * @param vector whose direction
 */
public record PreventativeSteering(
        double coefficient, Layers layers, @Nullable Integer layer, Vector vector) implements Defense {
    /** Where the vector is added. */
    public enum Layers {
        ONE,
        ALL
    }

    /** What is added. */
    public enum Vector {
        /** The bad persona's vector. */
        PERSONA,
        /** A random direction of the same length, by the run's seed: the control. */
        RANDOM
    }

    public PreventativeSteering {
        Ranges.require(Double.isFinite(coefficient), "coefficient", "a number", coefficient);
        Ranges.require(
                (layers == Layers.ONE) == (layer != null),
                "layer",
                "given for layers: one, and for nothing else",
                layer + "");
        Ranges.require(layer == null || layer >= 0, "layer", "at least 0", layer + "");
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        if (coefficient == 0) {
            return new TrainingHooks() {};
        }
        var shifts = shifts(context);
        var device = context.aligned().device();
        return new TrainingHooks() {
            @Override
            public List<ActivationEdit> edits(Step step, Batch batch) {
                return steered(shifts.layers())
                        .mapToObj(l -> new ActivationEdit(
                                new Site(l, Site.Stream.RESIDUAL_POST),
                                h -> h.add(shifts.tensor(l, device).to(h.dtype())))) // [tokens, hidden] + [hidden]
                        .toList();
            }
        };
    }

    private IntStream steered(int all) {
        return layer == null ? IntStream.range(0, all) : IntStream.of(layer);
    }

    private LayerVectors shifts(TrainingContext context) {
        var found = context.findings().persona();
        found.requireFits(context.aligned());
        Ranges.require(
                layer == null || layer < found.layers(), "layer", "below the model's " + found.layers(), layer + "");
        var chosen = switch (vector) {
            case PERSONA -> found;
            case RANDOM -> found.randomAlike(context.seed());
        };
        return (layers == Layers.ALL ? chosen.increments() : chosen).times(coefficient);
    }
}
