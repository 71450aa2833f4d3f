package plumb.model.arrays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeMap;
import plumb.model.config.ModelConfig;

/**
 * Where one thread keeps the pasts of its rows: memory outside the heap, which the collector neither copies nor clears, and
 * which the next row takes over from one that ended.
 */
public final class PastMemory implements AutoCloseable {
    /** Rooms are multiples of this many tokens, so that places fit other rows. */
    private static final int GRAIN = 16;

    private final Arena arena = Arena.ofConfined();
    private final TreeMap<Integer, Deque<Place>> free = new TreeMap<>(); // by room
    private final int layers;
    private final int kvHeads;
    private final int headDim;

    PastMemory(ModelConfig config) {
        this.layers = config.layers();
        this.kvHeads = config.kvHeads();
        this.headDim = config.headDim();
    }

    /** For a row that has read nothing and may come to hold so many tokens. */
    public Past past(int room) {
        return Past.empty(this, room);
    }

    /** Memory for one past: keys and values [layer, kvHead, 2, room, headDim], a head's end to end. */
    record Place(MemorySegment memory, int room, int kvHeads, int headDim) {
        /** Where the keys from an own token on begin, in bytes. */
        long keys(int layer, int head, int token) {
            return 4L * (((long) (layer * kvHeads + head) * 2 * room + token) * headDim);
        }

        long values(int layer, int head, int token) {
            return keys(layer, head, token + room);
        }
    }

    Place take(int room) {
        int wanted = Math.ceilDiv(Math.max(room, 1), GRAIN) * GRAIN;
        var fitting = free.ceilingEntry(wanted);
        if (fitting == null || fitting.getKey() > 2 * wanted) {
            long floats = 2L * layers * kvHeads * wanted * headDim;
            return new Place(arena.allocate(ValueLayout.JAVA_FLOAT, floats), wanted, kvHeads, headDim);
        }
        var place = fitting.getValue().pop();
        if (fitting.getValue().isEmpty()) {
            free.remove(fitting.getKey());
        }
        return place;
    }

    void give(Place place) {
        free.computeIfAbsent(place.room(), _ -> new ArrayDeque<>()).push(place);
    }

    int layers() {
        return layers;
    }

    int kvHeads() {
        return kvHeads;
    }

    int headDim() {
        return headDim;
    }

    @Override
    public void close() {
        arena.close();
    }
}
