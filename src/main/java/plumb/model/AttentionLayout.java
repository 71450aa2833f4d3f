package plumb.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    private final int rows;
    private final int length;
    private final int keyHeads;
    private final int group;
    private final int headDim;
    private final double scale;
    private final @Nullable Tensor toPadded;
    private final @Nullable Tensor toFlat;
    private final String device;
    private final Map<Span, Tensor> masks = new HashMap<>();

    AttentionLayout(Batch batch, ModelConfig config, String device) {
        this.rows = batch.rows().size();
        this.length = batch.longest();
        this.keyHeads = config.kvHeads();
        this.group = config.heads() / config.kvHeads();
        this.headDim = config.headDim();
        this.scale = config.architecture().attentionScale();
        this.toPadded = batch.toPadded(device);
        this.toFlat = batch.toFlat(device);
        this.device = device;
    }

    /**
     * Makes the masks of {@link #attend} now, once for all blocks: they live as long as what is made beside this layout.
     *
     * @param windows of the blocks
     */
    AttentionLayout withMasks(IntStream windows) {
        windows.map(window -> Math.min(window, length))
                .distinct()
                .forEach(window -> spans(0, window).forEach(span -> masks.put(span, mask(span))));
        return this;
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
     * Causal attention of queries [tokens, heads, headDim] over keys and values as {@link #keys} lays them out.
     *
     * @param window how many tokens a query sees, itself among them
     */
    Tensor attend(Tensor queries, Tensor keys, Tensor values, int window) {
        return attendAfter(0, queries, keys, values, window);
    }

    /**
     * The same with keys and values that begin with those of {@code before} earlier tokens, which every query may look
     * back to.
     */
    Tensor attendAfter(int before, Tensor queries, Tensor keys, Tensor values, int window) {
        var q = padded(queries).view(rows, length, keyHeads, group, headDim).permute(0, 2, 3, 1, 4);
        var parts = spans(before, Math.min(window, before + length)).stream()
                .map(span -> block(q.narrow(3, span.start() - before, span.count()), keys, values, span))
                .toList();
        var out = parts.size() == 1 ? parts.getFirst() : Tensor.cat(parts, 3);
        var flat = out.permute(0, 3, 1, 2, 4).reshape((long) rows * length, (long) keyHeads * group * headDim);
        return toFlat == null ? flat : flat.indexSelect(0, toFlat); // [tokens, heads · headDim]
    }

    /** Every query of a row, {@link #BLOCK} at a time. */
    private List<Span> spans(int before, int window) {
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
        var known = masks.get(span);
        return (known == null ? mask(span) : known)
                .to(dtype)
                .expand(1, group, span.count(), span.keys())
                .reshape(1, (long) group * span.count(), span.keys());
    }

    /** 0 where a query may look, −∞ where not: [1, 1, count, seen] */
    private Tensor mask(Span span) {
        int seen = span.keys();
        var mask = new float[span.count() * seen];
        for (int i = 0; i < span.count(); i++) {
            int query = span.start() + i - span.firstKey(); // its own place among the keys seen
            int from = i * seen;
            Arrays.fill(mask, from + query + 1, from + seen, Float.NEGATIVE_INFINITY);
            Arrays.fill(mask, from, from + Math.max(0, query - span.window() + 1), Float.NEGATIVE_INFINITY);
        }
        return Tensor.of(mask, 1, 1, span.count(), seen).to(device);
    }
}
