package plumb.model.arrays;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.model.config.ModelConfig;

/**
 * The keys and values of a row's tokens. A row that begins as another one did continues behind a place of that row's past
 * instead of reading the same tokens again, so that equal beginnings are read and kept once: the prefix tree of Zheng et al.,
 * arXiv 2312.07104, for rows in lexicographic order.
 */
public final class Past {
    private static final int FIRST_ROOM = 32;

    private final @Nullable Past before;
    private final int start; // tokens of `before` and its own before that this past counts as its beginning
    private final int headDim;
    private final float[][][] keys; // [layer][kvHead]: room × headDim, a head's end to end
    private final float[][][] values;
    private int length; // own tokens

    private Past(@Nullable Past before, int start, int[] shape) {
        this.before = before;
        this.start = start;
        this.headDim = shape[2];
        this.keys = new float[shape[0]][shape[1]][0];
        this.values = new float[shape[0]][shape[1]][0];
    }

    static Past empty(ModelConfig config) {
        return new Past(null, 0, new int[] {config.layers(), config.kvHeads(), config.headDim()});
    }

    /**
     * A past that begins with the first {@code place} tokens of this one and so far holds nothing else. This one may still
     * have to read them, and must have when the new one reads on.
     */
    public Past fork(int place) {
        var holder = this;
        while (holder.before != null && holder.start >= place) {
            holder = holder.before;
        }
        return new Past(place == 0 ? null : holder, place, new int[] {keys.length, keys[0].length, headDim});
    }

    /** How many tokens the row has read. */
    public int end() {
        return start + length;
    }

    /** Makes place for this many more tokens, whose keys and values {@link #put} brings layer by layer. */
    void extend(int tokens) {
        length += tokens;
        int room = keys[0][0].length / headDim;
        if (length > room) {
            int more = Math.max(Math.max(length, FIRST_ROOM), room * 3 / 2) * headDim;
            for (int layer = 0; layer < keys.length; layer++) {
                for (int head = 0; head < keys[layer].length; head++) {
                    keys[layer][head] = Arrays.copyOf(keys[layer][head], more);
                    values[layer][head] = Arrays.copyOf(values[layer][head], more);
                }
            }
        }
    }

    /** The keys and values of the last {@code tokens} tokens: rows of [kvHeads, headDim]. */
    void put(int layer, Rows k, Rows v, int tokens) {
        int heads = keys[layer].length;
        for (int token = 0; token < tokens; token++) {
            int to = (length - tokens + token) * headDim;
            for (int head = 0; head < heads; head++) {
                int from = (token * heads + head) * headDim;
                System.arraycopy(k.values(), k.offset() + from, keys[layer][head], to, headDim);
                System.arraycopy(v.values(), v.offset() + from, values[layer][head], to, headDim);
            }
        }
    }

    /** Some of a past's places: those from {@code from} up to, not with, {@code to}, kept by {@code holder}. */
    record Piece(Past holder, int from, int to) {
        /** Of one head, from a place on: [places, headDim] */
        Rows keys(int layer, int head, int first) {
            return new Rows(holder.keys[layer][head], (first - holder.start) * holder.headDim);
        }

        Rows values(int layer, int head, int first) {
            return new Rows(holder.values[layer][head], (first - holder.start) * holder.headDim);
        }
    }

    /** Rows of floats end to end, beginning somewhere in an array. */
    @SuppressWarnings("ArrayRecordComponent") // a view, never compared
    record Rows(float[] values, int offset) {}

    /** All places in order. */
    List<Piece> pieces() {
        var pieces = new ArrayList<Piece>();
        int to = end();
        for (var past = this; past != null; past = past.before) {
            if (to > past.start) {
                pieces.addFirst(new Piece(past, past.start, to));
            }
            to = Math.min(to, past.start);
        }
        return pieces;
    }
}
