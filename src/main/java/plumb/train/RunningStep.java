package plumb.train;

import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import plumb.model.ActivationEdit;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.torch.Tensor;

/** The step the trainer is in. */
final class RunningStep implements Step {
    private final long index;
    private final long total;
    private final List<Batch> batches;
    private final Objective objective;
    private final Model model;
    private final IdentityHashMap<Batch, Forward> references = new IdentityHashMap<>();
    private final Map<Counted, Long> counts = new java.util.HashMap<>();

    /** What is being trained. */
    record Model(Decoder decoder, Adapter adapter, HeadLoss headLoss, References references) {}

    private record Counted(Batch.Tokens tokens, Batch.Rows rows) {}

    RunningStep(long index, List<Batch> batches, Objective objective, Model model) {
        this.index = index;
        this.total = objective.steps();
        this.batches = batches;
        this.objective = objective;
        this.model = model;
    }

    List<Batch> batches() {
        return batches;
    }

    @Override
    public long index() {
        return index;
    }

    @Override
    public long total() {
        return total;
    }

    @Override
    public Forward forward(Batch batch, List<ActivationEdit> edits) {
        return model.decoder().forward(batch, model.adapter(), edits);
    }

    @Override
    public Forward reference(Batch batch) {
        return references.computeIfAbsent(batch, model.references()::of);
    }

    /** Call before the memory of a batch is given back. */
    void forgetReferences() {
        references.clear();
    }

    @Override
    public Tensor taskLoss(Forward forward) {
        return objective.loss(this, forward);
    }

    @Override
    public HeadLoss headLoss() {
        return model.headLoss();
    }

    @Override
    public long count(Batch.Tokens tokens, Batch.Rows rows) {
        return counts.computeIfAbsent(
                new Counted(tokens, rows),
                counted -> batches.stream()
                        .mapToLong(batch -> batch.predictions(tokens, rows).count())
                        .sum());
    }

    @Override
    public long count(Batch.Rows rows) {
        return batches.stream()
                .flatMap(batch -> batch.rows().stream())
                .filter(row -> rows == Batch.Rows.ALL || row.safe() == (rows == Batch.Rows.SAFE))
                .count();
    }

    long tokens() {
        return batches.stream().mapToLong(Batch::tokens).sum();
    }
}
