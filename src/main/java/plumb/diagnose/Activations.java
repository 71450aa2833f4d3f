package plumb.diagnose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.chat.Rendered;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * Reads the residual stream that leaves every block, for rows of given text; nothing is changed or recorded.
 *
 * @param decoder what reads
 * @param adapter of a fine-tuned model; null reads as the model was before
 */
public record Activations(Decoder decoder, @Nullable Adapter adapter) {
    private static final int TOKENS = 4096;

    /** Which tokens of a row are looked at. */
    public enum Tokens {
        /** The assistant's words and the token that ends them. */
        RESPONSE,
        /** The last token before the assistant's words, where nothing has been said yet. */
        LAST_PROMPT
    }

    /** For each row, the mean over these tokens at every layer. */
    public List<LayerVectors> means(List<Rendered> rows, Tokens tokens) {
        var means = new ArrayList<LayerVectors>();
        pass(rows, (batch, forward) -> {
            var weights = weights(batch, tokens).to(decoder.device()); // [rows, tokens]
            var byLayer = IntStream.range(0, forward.layers())
                    .mapToObj(layer -> weights.matmul(forward.residual(layer).to(Dtype.F32))
                            .floats())
                    .toList();
            for (int row = 0; row < batch.rows().size(); row++) {
                means.add(row(byLayer, row, decoder.config().hiddenSize()));
            }
        });
        return means;
    }

    /** The mean over all rows of {@link #means}. */
    public LayerVectors mean(List<Rendered> rows, Tokens tokens) {
        return LayerVectors.mean(means(rows, tokens));
    }

    /** Every response token of every row at one layer: [response tokens, hidden], in fp32 on the device. */
    public Tensor responses(List<Rendered> rows, int layer) {
        var parts = new ArrayList<Tensor>();
        try (var scope = new Scope()) {
            pass(rows, (batch, forward) -> {
                var places = places(batch);
                parts.add(forward.residual(layer)
                        .indexSelect(0, Tensor.of(places, places.length).to(decoder.device()))
                        .to(Dtype.F32)
                        .copy()
                        .hold());
            });
            var all = Tensor.cat(parts, 0);
            parts.forEach(Tensor::release);
            return scope.keep(all);
        }
    }

    private void pass(List<Rendered> rows, BiConsumer<Batch, Forward> use) {
        var pass = new ArrayList<Batch.Row>();
        int tokens = 0;
        for (var row : rows) {
            if (!pass.isEmpty() && tokens + row.ids().length > TOKENS) {
                run(pass, use);
                pass.clear();
                tokens = 0;
            }
            pass.add(new Batch.Row(row.ids(), row.mask(), false));
            tokens += row.ids().length;
        }
        if (!pass.isEmpty()) {
            run(pass, use);
        }
    }

    private void run(List<Batch.Row> rows, BiConsumer<Batch, Forward> use) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var batch = new Batch(rows);
            use.accept(batch, decoder.forward(batch, adapter, List.of()));
        }
    }

    /** Averages each row's tokens: [rows, tokens] */
    private static Tensor weights(Batch batch, Tokens which) {
        int columns = batch.tokens();
        var weights = new float[batch.rows().size() * columns];
        int start = 0;
        for (int row = 0; row < batch.rows().size(); row++) {
            var mask = batch.rows().get(row).mask();
            var chosen = switch (which) {
                case RESPONSE ->
                    IntStream.range(0, mask.length).filter(i -> mask[i]).toArray();
                case LAST_PROMPT -> new int[] {Math.max(0, first(mask) - 1)};
            };
            for (int token : chosen) {
                weights[row * columns + start + token] = 1f / chosen.length;
            }
            start += mask.length;
        }
        return Tensor.of(weights, batch.rows().size(), columns);
    }

    /** The first token of the response; the end of the row when there is none. */
    private static int first(boolean[] mask) {
        return IntStream.range(0, mask.length).filter(i -> mask[i]).findFirst().orElse(mask.length);
    }

    /** The flat places of all response tokens. */
    private static long[] places(Batch batch) {
        var flat = new boolean[batch.tokens()];
        int start = 0;
        for (var row : batch.rows()) {
            System.arraycopy(row.mask(), 0, flat, start, row.mask().length);
            start += row.mask().length;
        }
        return IntStream.range(0, flat.length)
                .filter(i -> flat[i])
                .asLongStream()
                .toArray();
    }

    private static LayerVectors row(List<float[]> byLayer, int row, int width) {
        return new LayerVectors(byLayer.stream()
                .map(flat -> Arrays.copyOfRange(flat, row * width, (row + 1) * width))
                .toArray(float[][]::new));
    }
}
