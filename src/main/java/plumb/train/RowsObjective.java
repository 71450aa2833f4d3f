package plumb.train;

import java.util.List;
import java.util.function.Function;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.torch.Tensor;

/** Towards a loss on rows that were brought, each step its share of them in their order. */
record RowsObjective(TrainingRows rows, TrainingSettings settings, Loss loss) implements Objective {
    /** What is to become of the rows. */
    sealed interface Loss permits CrossEntropy, NegativePreference {
        /** As {@link Objective#loss}. */
        Tensor of(Step step, Forward forward);
    }

    /** All are learned: cross-entropy on their response tokens, its mean over all of a step's. */
    record CrossEntropy() implements Loss {
        @Override
        public Tensor of(Step step, Forward forward) {
            return mean(step, forward, Batch.Rows.ALL);
        }

        static Tensor mean(Step step, Forward forward, Batch.Rows rows) {
            var counted = forward.batch().predictions(Batch.Tokens.RESPONSE, rows);
            double all = step.count(Batch.Tokens.RESPONSE, rows);
            return step.headLoss().crossEntropy(forward, counted, all);
        }
    }

    /** Over the rows that the hooks leave; see {@link Trainer#towards}. */
    static Function<TrainingData, Objective> over(
            Decoder decoder, Function<Example, Rendered> rendering, TrainingSettings settings, Loss loss) {
        int longest = Math.min(settings.maxLength(), decoder.config().maxPositions());
        return data -> new RowsObjective(TrainingRows.of(data, rendering, longest), settings, loss);
    }

    @Override
    public long steps() {
        return rows.steps(settings);
    }

    @Override
    public RunListener.Plan plan(long firstStep) {
        return rows.plan(steps(), firstStep);
    }

    @Override
    public String hash() {
        return rows.hash();
    }

    @Override
    public List<Batch> batches(long step, Adapter adapter) {
        return rows.batches(step, settings);
    }

    @Override
    public Tensor loss(Step step, Forward forward) {
        return loss.of(step, forward);
    }

    @Override
    public List<Batch.Row> returning() {
        return rows.returning();
    }
}
