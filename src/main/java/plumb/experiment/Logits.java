package plumb.experiment;

import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;

/** The logits of a few tokens, to tell whether two models are the same. */
final class Logits {
    private Logits() {}

    /** After every token of every row, row after row: {@code tokens · vocabulary} numbers, in fp32. */
    static float[] of(Decoder decoder, @Nullable Adapter adapter, List<int[]> rows) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var batch = new Batch(rows.stream()
                    .map(ids -> new Batch.Row(ids, new boolean[ids.length], false))
                    .toList());
            var forward = decoder.forward(batch, adapter, List.of());
            return forward.hidden().linear(forward.head()).to(Dtype.F32).floats();
        }
    }
}
