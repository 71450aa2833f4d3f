package plumb.train;

import java.util.List;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.torch.Tensor;

/** Cross-entropy on the response tokens of rows that were brought, its mean over all of a step's. */
record SupervisedObjective(TrainingRows rows, TrainingSettings settings) implements Objective {
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
        var counted = forward.batch().predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
        double all = step.count(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
        return step.headLoss().crossEntropy(forward, counted, all);
    }

    @Override
    public List<Batch.Row> returning() {
        return rows.returning();
    }
}
