package plumb.train;

import java.util.List;
import java.util.function.Function;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.torch.Tensor;

/**
 * Unlearning: the answers of task rows are made less likely than they were ({@link ForgettingLoss}), those of safe rows are kept
 * by cross-entropy, as Mushtaq et al. (arXiv 2511.14017) unlearn refusals in one domain and retain them in others. Neither
 * setting has a default.
 *
 * <p>UNVERIFIED: their β and their weight of the retained rows; the loss is that of Zhang et al. (arXiv 2404.05868).
 *
 * @param beta of the loss; above 0, near 0 is gradient ascent
 * @param retainWeight of the safe rows' mean cross-entropy
 */
public record NegativePreference(double beta, double retainWeight) implements RowsObjective.Loss {
    public NegativePreference {
        if (!(beta > 0) || !(retainWeight >= 0)) {
            throw new IllegalArgumentException(
                    "needs beta above 0 and retain_weight of at least 0, got " + beta + " and " + retainWeight);
        }
    }

    /** The objective over the rows that the hooks leave; see {@link Trainer#towards}. */
    public Function<TrainingData, Objective> over(
            Decoder decoder, Function<Example, Rendered> rendering, TrainingSettings settings) {
        return RowsObjective.over(decoder, rendering, settings, this);
    }

    @Override
    public Tensor of(Step step, Forward forward) {
        return forgetting(step, forward)
                .add(RowsObjective.CrossEntropy.mean(step, forward, Batch.Rows.SAFE), retainWeight);
    }

    private Tensor forgetting(Step step, Forward forward) {
        var batch = forward.batch();
        var unwanted = batch.predictions(Batch.Tokens.RESPONSE, Batch.Rows.TASK);
        var lengths = batch.rows().stream()
                .filter(row -> !row.safe())
                .mapToInt(row -> new Batch(List.of(row))
                        .predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL)
                        .count())
                .toArray();
        var head = step.headLoss();
        var loss = ForgettingLoss.of(
                new ForgettingLoss.Answers(
                        head.targets(forward, unwanted).logProbabilities(),
                        head.targets(step.reference(batch), unwanted).logProbabilities(),
                        lengths),
                beta,
                (double) step.count(Batch.Rows.TASK));
        return head.ofTargets(forward, unwanted, loss.value(), loss.gradient());
    }
}
