package plumb.train.policy;

import java.util.List;
import plumb.model.ActivationEdit;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.torch.Autograd;
import plumb.torch.Tensor;
import plumb.train.HeadLoss;
import plumb.train.Step;

/** A step of these batches. */
record Passes(Decoder decoder, Adapter adapter, HeadLoss headLoss, List<Batch> batches) implements Step {
    @Override
    public long index() {
        return 0;
    }

    @Override
    public long total() {
        return 1;
    }

    @Override
    public Forward forward(Batch batch, List<ActivationEdit> edits) {
        return decoder.forward(batch, adapter, edits);
    }

    @Override
    public Forward reference(Batch batch) {
        try (var _ = Autograd.pause()) {
            return decoder.forward(batch, null, List.of());
        }
    }

    @Override
    public Tensor taskLoss(Forward forward) {
        throw new IllegalStateException("no objective here");
    }

    @Override
    public long count(Batch.Tokens tokens, Batch.Rows rows) {
        return batches.stream()
                .mapToLong(batch -> batch.predictions(tokens, rows).count())
                .sum();
    }

    @Override
    public long count(Batch.Rows rows) {
        return batches.stream().mapToLong(batch -> batch.rows().size()).sum();
    }
}
