package plumb.defense;

import java.util.List;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Tensor;
import plumb.train.HeadLoss;
import plumb.train.LossTerm;
import plumb.train.Step;
import plumb.train.TrainingHooks;

/**
 * Stay close to the aligned model's distribution: L = CE + weight · KL (Kaczér et al., arXiv 2508.06249). With
 * {@code rows: safe} only the safe rows of an {@link Interleaving} named before it are held to the reference, and the
 * reference pass reads only those.
 *
 * @param weight λ; 0 measures the divergence and changes nothing
 * @param direction reverse is KL(p_θ ‖ p_0), as the paper's code computes it
 * @param tokens response by default of the paper's later code; its SFT code counted all
 * @param rows which rows are held to the reference
 * @param reduction what the sum over tokens is divided by; λ of one is not comparable with λ of the other
 */
public record KlPenalty(
        double weight, HeadLoss.Direction direction, Batch.Tokens tokens, Batch.Rows rows, Reduction reduction)
        implements Defense {
    /** The divisor of the sum of divergences over a step. */
    public enum Reduction {
        /** The number of counted tokens. */
        TOKEN_MEAN,
        /** The number of counted rows. */
        BATCH_MEAN
    }

    public KlPenalty {
        Ranges.atLeastZero("weight", weight);
    }

    @Override
    public boolean needsSafeRows() {
        return rows == Batch.Rows.SAFE;
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return new TrainingHooks() {
            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                var places = new HeadLoss.Places(forward, forward.batch().predictions(tokens, rows));
                return places.predictions().count() == 0
                        ? List.of()
                        : List.of(new LossTerm("kl", weight, divergence(step, places)));
            }
        };
    }

    private Tensor divergence(Step step, HeadLoss.Places places) {
        var counted = places.forward().batch().only(rows);
        var reference = new HeadLoss.Places(step.reference(counted), counted.predictions(tokens, Batch.Rows.ALL));
        double divisor = (double)
                switch (reduction) {
                    case TOKEN_MEAN -> step.count(tokens, rows);
                    case BATCH_MEAN -> step.count(rows);
                };
        return step.headLoss().kl(places, reference, direction, divisor);
    }
}
