package plumb.model.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.torch.Blas.Matrix;

/**
 * The keys and values of a row's tokens. A row that begins as another one did continues behind a place of that row's past
 * instead of reading the same tokens again, so that equal beginnings are read and kept once: the prefix tree of Zheng et al.,
 * arXiv 2312.07104, for rows in lexicographic order.
 */
public final class Past {
    private final PastMemory memory;
    private final @Nullable Past before;
    private final int start; // tokens of `before` and its own before that this past counts as its beginning
    private final PastMemory.Place place;
    private int length; // own tokens
    private int users = 1; // its row, and the pasts that continue behind it

    private Past(PastMemory memory, @Nullable Past before, int start, int room) {
        this.memory = memory;
        this.before = before;
        this.start = start;
        this.place = memory.take(room);
    }

    static Past empty(PastMemory memory, int room) {
        return new Past(memory, null, 0, room);
    }

    /**
     * A past that begins with the first {@code at} tokens of this one and so far holds nothing else. This one may still have
     * to read them, and must have when the new one reads on.
     *
     * @param room own tokens that it can come to hold
     */
    public Past fork(int at, int room) {
        var holder = this;
        while (holder.before != null && holder.start >= at) {
            holder = holder.before;
        }
        if (at == 0) {
            return new Past(memory, null, 0, room);
        }
        holder.users++;
        return new Past(memory, holder, at, room);
    }

    /** Keeps the memory for one more {@link #release}. */
    public void hold() {
        users++;
    }

    /** The row reads no more; its memory serves another one as soon as nobody continues behind it. */
    public void release() {
        for (var past = this; past != null && --past.users == 0; past = past.before) {
            memory.give(past.place);
        }
    }

    /** How many tokens the row has read. */
    public int end() {
        return start + length;
    }

    /** Makes these many more tokens its own, whose keys and values {@link #put} brings layer by layer. */
    void extend(int tokens) {
        if (length + tokens > place.room()) {
            throw new IllegalStateException(
                    "a past with room for " + place.room() + " tokens cannot hold " + (length + tokens));
        }
        length += tokens;
    }

    /** The keys and values of the last {@code tokens} tokens, each [tokens, kvHeads, headDim] from {@code offset} on. */
    void put(int layer, float[] keys, float[] values, int offset, int tokens) {
        int heads = memory.kvHeads();
        int size = memory.headDim();
        for (int head = 0; head < heads; head++) {
            long toKeys = place.keys(layer, head, length - tokens);
            long toValues = place.values(layer, head, length - tokens);
            for (int token = 0; token < tokens; token++) {
                int from = offset + (token * heads + head) * size;
                long step = 4L * token * size;
                MemorySegment.copy(keys, from, place.memory(), ValueLayout.JAVA_FLOAT, toKeys + step, size);
                MemorySegment.copy(values, from, place.memory(), ValueLayout.JAVA_FLOAT, toValues + step, size);
            }
        }
    }

    /** Some of a past's places: those from {@code from} up to, not with, {@code to}, kept by {@code holder}. */
    record Piece(Past holder, int from, int to) {
        /** Of one head, from a place on: [places, headDim] */
        Matrix keys(int layer, int head, int first) {
            return matrix(holder.place.keys(layer, head, first - holder.start), first);
        }

        Matrix values(int layer, int head, int first) {
            return matrix(holder.place.values(layer, head, first - holder.start), first);
        }

        private Matrix matrix(long offset, int first) {
            int size = holder.memory.headDim();
            return new Matrix(holder.place.memory().asSlice(offset), to - first, size, size);
        }
    }

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
