package plumb.defense;

import java.util.List;
import java.util.stream.IntStream;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Dtype;
import plumb.torch.Tensor;
import plumb.train.LossTerm;
import plumb.train.Step;
import plumb.train.TrainingHooks;

/**
 * LDIFS: stay close to the aligned model's features (Mukhoti et al., arXiv 2308.13320; for emergent misalignment Kaczér
 * et al., arXiv 2508.06249). D = 1/N Σ_t Σ_l ‖h_l,t − h⁰_l,t‖², where h_l is what leaves block l, before the final norm,
 * and t runs over the N states that predict counted tokens. The paper's distance, pooling and normalisation could not be
 * verified; this is the plain mean, and says so.
 *
 * @param weight λ; 0 measures the distance and changes nothing
 * @param layers how the layers are chosen
 * @param number n of them evenly spaced, or every n-th
 * @param normalized divides by the number of layers times the width
 * @param tokens whose predictions are counted
 * @param rows which rows are held to the reference
 */
public record FeatureDistance(
        double weight, Layers layers, int number, boolean normalized, Batch.Tokens tokens, Batch.Rows rows)
        implements Defense {
    /** Two readings of the paper. */
    public enum Layers {
        /** n layers at ⌊i (L − 1)/(n − 1)⌋, first and last among them: what the paper's code does. */
        EVENLY,
        /** Layers 0, n, 2n, …: "every 5 layers" as the paper's text has it. */
        EVERY
    }

    public FeatureDistance {
        Ranges.atLeastZero("weight", weight);
        Ranges.require(number >= 1, "number", "at least 1", number);
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        var chosen = chosen(context.aligned().config().layers());
        return new TrainingHooks() {
            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                var counted = forward.batch().predictions(tokens, rows);
                return counted.count() == 0
                        ? List.of()
                        : List.of(new LossTerm("features", weight, distance(step, forward, chosen)));
            }
        };
    }

    /** The indices of the layers that are compared, of a model with so many. */
    int[] chosen(int layers) {
        if (number > layers) {
            throw new IllegalArgumentException(
                    "number must be at most the model's " + layers + " layers, got " + number);
        }
        return switch (this.layers) {
            case EVENLY ->
                IntStream.range(0, number)
                        .map(i -> number == 1 ? 0 : i * (layers - 1) / (number - 1))
                        .toArray();
            case EVERY ->
                IntStream.iterate(0, layer -> layer < layers, layer -> layer + number)
                        .toArray();
        };
    }

    private Tensor distance(Step step, Forward forward, int[] chosen) {
        var counted = forward.batch().only(rows);
        var reference = step.reference(counted);
        var places = places(forward.batch().predictions(tokens, rows), forward);
        var cleanPlaces = places(counted.predictions(tokens, Batch.Rows.ALL), forward);
        double divisor = (double) step.count(tokens, rows);
        if (normalized) {
            divisor *= (double) chosen.length * forward.hidden().size(1);
        }
        var sum = Tensor.zeros(Dtype.F32, forward.hidden().device());
        for (int layer : chosen) {
            var moved = forward.residual(layer).indexSelect(0, places); // [counted, hidden]
            var clean = reference.residual(layer).indexSelect(0, cleanPlaces); // [counted, hidden]
            sum = sum.add(moved.sub(clean).to(Dtype.F32).square().sum());
        }
        return sum.mul(1 / divisor);
    }

    private static Tensor places(Batch.Predictions predictions, Forward forward) {
        return Tensor.of(predictions.positions(), predictions.count())
                .to(forward.hidden().device());
    }
}
