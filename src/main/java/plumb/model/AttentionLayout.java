package plumb.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.model.config.ModelConfig;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

/**
 * How attention sees a batch: rows padded to the longest, queries of a group stacked over their shared key head. Padding
 * stands behind each row, so the causal mask already hides it.
 */
final class AttentionLayout {
    /** Longer rows are attended to in blocks of this many queries, so that scores never need memory in seq². */
    private static final int BLOCK = 256;

    private final int[] lengths;
    private final int rows;
    private final int length;
    private final int keyHeads;
    private final int group;
    private final int headDim;
    private final double scale;
    private final @Nullable Tensor toPadded;
    private final @Nullable Tensor toFlat;
    private final int before;
    private final Map<Integer, Tensor> masks = new HashMap<>(); // by window, made once for all blocks

    AttentionLayout(Batch batch, ModelConfig config, String device) {
        this(batch, config, device, 0);
    }

    /** @param before how many earlier tokens every query may look back to, whose keys and values come first */
    AttentionLayout(Batch batch, ModelConfig config, String device, int before) {
        this.lengths = batch.rows().stream().mapToInt(row -> row.ids().length).toArray();
        this.rows = lengths.length;
        this.length = batch.longest();
        this.keyHeads = config.kvHeads();
        this.group = config.heads() / config.kvHeads();
        this.headDim = config.headDim();
        this.scale = config.architecture().attentionScale();
        this.toPadded = batch.toPadded(device);
        this.toFlat = batch.toFlat(device);
        this.before = before;
        for (int layer = 0; layer < config.layers(); layer++) {
            masks.computeIfAbsent(config.window(layer), window -> mask(window).to(device));
        }
    }

    /** Of the rows, which stand end to end. */
    int[] lengths() {
        return lengths.clone();
    }

    /** From [tokens, heads, headDim] to [rows, length, heads, headDim]. */
    private Tensor padded(Tensor x) {
        var padded = toPadded == null ? x : x.indexSelect(0, toPadded);
        return padded.view(rows, length, x.size(1), headDim);
    }

    /** Keys or values: [rows · keyHeads, length, headDim] */
    Tensor keys(Tensor x) {
        return padded(x).transpose(1, 2).reshape((long) rows * keyHeads, length, headDim);
    }

    /** What {@link #keys} made, row by row: [rows, keyHeads, length, headDim] */
    Tensor byRow(Tensor keys) {
        return keys.view(rows, keyHeads, length, headDim);
    }

    /**
     * Causal attention of queries [tokens, heads, headDim] over keys and values as {@link #keys} lays them out, those of
     * earlier tokens in front.
     *
     * @param window of one of the model's layers: how many tokens a query sees, itself among them
     */
    Tensor attend(Tensor queries, Tensor keys, Tensor values, int window) {
        var q = padded(queries).view(rows, length, keyHeads, group, headDim).permute(0, 2, 3, 1, 4);
        var parts = spans(window).stream()
                .map(span -> block(q.narrow(3, span.start() - before, span.count()), keys, values, span))
                .toList();
        var out = parts.size() == 1 ? parts.getFirst() : Tensor.cat(parts, 3);
        var flat = out.permute(0, 3, 1, 2, 4).reshape((long) rows * length, (long) keyHeads * group * headDim);
        return toFlat == null ? flat : flat.indexSelect(0, toFlat); // [tokens, heads · headDim]
    }

    /** Every query of a row, {@link #BLOCK} at a time. */
    private List<Span> spans(int window) {
        return IntStream.range(0, Math.ceilDiv(length, BLOCK))
                .map(i -> i * BLOCK)
                .mapToObj(start -> new Span(before + start, Math.min(BLOCK, length - start), window))
                .toList();
    }

    /** The queries at the places start … start + count of every row, and how far back each sees. */
    private record Span(int start, int count, int window) {
        /** The first key that one of them sees. */
        int firstKey() {
            return Math.max(0, start - window + 1);
        }

        int keys() {
            return start + count - firstKey();
        }
    }

    /** [rows, keyHeads, group, count, headDim] */
    private Tensor block(Tensor q, Tensor keys, Tensor values, Span span) {
        int count = span.count();
        var stacked = q.reshape((long) rows * keyHeads, (long) group * count, headDim);
        var seenKeys = keys.narrow(1, span.firstKey(), span.keys());
        var seenValues = values.narrow(1, span.firstKey(), span.keys());
        var scores = grouped(span, q.dtype())
                .baddbmm(stacked, seenKeys.transpose(1, 2), scale); // [rows · keyHeads, group · count, seen]
        return scores.softmax(-1).bmm(seenValues).view(rows, keyHeads, group, count, headDim);
    }

    /** The mask of a group's queries: [1, group · count, seen] */
    private Tensor grouped(Span span, Dtype dtype) {
        int first = back(span.window()) - (span.start() - span.firstKey());
        return Objects.requireNonNull(masks.get(span.window()))
                .narrow(2, 0, span.count())
                .narrow(3, first, span.keys())
                .to(dtype)
                .expand(1, group, span.count(), span.keys())
                .reshape(1, (long) group * span.count(), span.keys());
    }

    /** How far in front of its first query any block looks. */
    private int back(int window) {
        return Math.min(before + (length - 1) / BLOCK * BLOCK, window - 1);
    }

    /**
     * 0 where a query may look, −∞ where not. That depends on its place in its block and on how far from the block's first
     * query it looks, so every block's mask is a part of this one: [1, 1, queries, back + queries]
     */
    private Tensor mask(int window) {
        int queries = Math.min(BLOCK, length);
        int back = back(window);
        int width = back + queries;
        var mask = new float[queries * width];
        for (int i = 0; i < queries; i++) {
            int from = i * width;
            int own = back + i;
            Arrays.fill(mask, from + own + 1, from + width, Float.NEGATIVE_INFINITY);
            Arrays.fill(mask, from, from + Math.max(0, own - window + 1), Float.NEGATIVE_INFINITY);
        }
        return Tensor.of(mask, 1, 1, queries, width);
    }
}
