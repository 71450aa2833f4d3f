package plumb.model.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.torch.Blas.Address;
import plumb.torch.Blas.Matrix;

/**
 * The keys and values of a row's tokens. A row that begins as another one did continues behind a place of that row's past
 * instead of reading the same tokens again, so that equal beginnings are read once, and long ones are kept once: the prefix
 * tree of Zheng et al., arXiv 2312.07104, for rows in lexicographic order. Less than {@link #SHORT} tokens of a past are
 * copied instead, since every piece costs each later token a product of its own in every head.
 */
public final class Past {
    private static final int SHORT = 64;

    private final PastMemory memory;
    private final @Nullable Past before;
    private final int start; // tokens of `before` and its own before that this past counts as its beginning
    private final PastMemory.Place place;
    private final int copied; // own tokens that another past reads, one with the same start
    private @Nullable Past source; // that past, until they are here
    private int length; // own tokens
    private int users = 1; // its row, and the pasts that continue behind it or copy from it

    private Past(PastMemory memory, int room) {
        this.memory = memory;
        this.before = null;
        this.start = 0;
        this.place = memory.take(room);
        this.copied = 0;
    }

    /** Behind the first {@code at} tokens of {@code holder}, the last of which are its own. */
    private Past(Past holder, int at, int room) {
        int own = at - holder.start;
        boolean copies = own < SHORT;
        this.memory = holder.memory;
        this.before = copies ? holder.before : holder;
        this.start = copies ? holder.start : at;
        this.copied = copies ? own : 0;
        this.length = copied;
        this.source = copies ? holder : null;
        this.place = memory.take(copied + room);
        holder.users++;
        if (copies && before != null) {
            before.users++;
        }
    }

    static Past empty(PastMemory memory, int room) {
        return new Past(memory, room);
    }

    /**
     * A past that begins with the first {@code at} tokens of this one and so far holds nothing else. This one may still have
     * to read them, and must have when the new one reads on.
     *
     * @param room tokens that it can come to hold beside these
     */
    public Past fork(int at, int room) {
        if (at == 0) {
            return new Past(memory, room);
        }
        var holder = this;
        while (holder.before != null && holder.start >= at) {
            holder = holder.before;
        }
        return new Past(holder, at, room);
    }

    /** Tokens that a past begun with the first {@code at} tokens of another one keeps for itself, at most. */
    public static int copied(int at) {
        return Math.min(at, SHORT);
    }

    /** Keeps the memory for one more {@link #release}. */
    public void hold() {
        users++;
    }

    /** The row reads no more; its memory serves another one as soon as nobody needs it any more. */
    public void release() {
        for (var past = this; past != null && --past.users == 0; past = past.before) {
            memory.give(past.place);
        }
    }

    /** How many tokens of another past it keeps itself. */
    int keeps() {
        return copied;
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
        copy(layer);
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

    /** Fetches what this past copies, before its first own tokens come. */
    private void copy(int layer) {
        if (source == null) {
            return;
        }
        long bytes = 4L * copied * memory.headDim();
        for (int head = 0; head < memory.kvHeads(); head++) {
            var from = source.place;
            MemorySegment.copy(
                    from.memory(), from.keys(layer, head, 0), place.memory(), place.keys(layer, head, 0), bytes);
            MemorySegment.copy(
                    from.memory(), from.values(layer, head, 0), place.memory(), place.values(layer, head, 0), bytes);
        }
        if (layer == memory.layers() - 1) {
            source.release();
            source = null;
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

        /** As {@link #keys}, by address. */
        Address keysAt(int layer, int head, int first) {
            return address(holder.place.keys(layer, head, first - holder.start), first);
        }

        Address valuesAt(int layer, int head, int first) {
            return address(holder.place.values(layer, head, first - holder.start), first);
        }

        private Address address(long offset, int first) {
            int size = holder.memory.headDim();
            return new Address(holder.place.memory().address() + offset, to - first, size, size);
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
