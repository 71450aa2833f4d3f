package plumb.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.train.HeadLoss;

/** What a model makes of conversations: how it reads them, what would be learned, and how likely it finds every token. */
public final class Scoring implements AutoCloseable {
    /** Tokens of one pass; a longer row is a pass of its own. */
    private static final int TOKENS = 2048;

    private final Subject subject;
    private final @Nullable Adapter adapter;
    private final HeadLoss head = new HeadLoss();

    /** The subject and the adapter stay the caller's to close. */
    public Scoring(Subject subject, @Nullable Adapter adapter) {
        this.subject = subject;
        this.adapter = adapter;
    }

    /**
     * One conversation, as it is printed.
     *
     * @param rendered the text of the template
     * @param ids its tokens
     * @param mask per token, 1 where the loss counts
     * @param logprobs natural logarithm of the probability of each token after the first, given those before it
     */
    @SuppressWarnings("ArrayRecordComponent") // made to be printed
    public record Row(String rendered, int[] ids, int[] mask, float[] logprobs) {}

    /** Scores the rows in order; {@link BadInput} naming the line of a row that the chat template refuses. */
    public void score(TrainingData rows, Consumer<Row> into) {
        var pass = new ArrayList<Rendered>();
        int tokens = 0;
        for (var example : rows.examples()) {
            var row = rendered(example);
            if (!pass.isEmpty() && tokens + row.ids().length > TOKENS) {
                pass(pass, into);
                pass.clear();
                tokens = 0;
            }
            pass.add(row);
            tokens += row.ids().length;
        }
        if (!pass.isEmpty()) {
            pass(pass, into);
        }
    }

    private Rendered rendered(Example example) {
        var row = subject.rendering().apply(example);
        int context = subject.decoder().config().maxPositions();
        if (row.ids().length > context) {
            throw new BadInput(example.source() + " line " + example.line() + " has " + row.ids().length
                    + " tokens, the model's context is " + context + ": shorten or remove it");
        }
        return row;
    }

    private void pass(List<Rendered> rows, Consumer<Row> into) {
        var logProbabilities = logProbabilities(new Batch(rows.stream()
                .map(row -> new Batch.Row(row.ids(), row.mask(), false))
                .toList()));
        int at = 0;
        for (var row : rows) {
            int next = at + row.ids().length - 1;
            into.accept(
                    new Row(row.text(), row.ids(), flags(row.mask()), Arrays.copyOfRange(logProbabilities, at, next)));
            at = next;
        }
    }

    /** Row after row, of each token after the first; in chunks, so that no more than a few rows of logits exist at once. */
    private float[] logProbabilities(Batch batch) {
        var predictions = batch.predictions(Batch.Tokens.ALL, Batch.Rows.ALL);
        if (predictions.count() == 0) {
            return new float[0];
        }
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var forward = subject.decoder().forward(batch, adapter, List.of());
            var found = head.logProbabilities(forward, predictions);
            if (!found.allFinite()) {
                throw subject.decoder().notFinite();
            }
            return found.floats();
        }
    }

    private static int[] flags(boolean[] mask) {
        var flags = new int[mask.length];
        for (int i = 0; i < mask.length; i++) {
            flags[i] = mask[i] ? 1 : 0;
        }
        return flags;
    }

    @Override
    public void close() {
        head.close();
    }
}
