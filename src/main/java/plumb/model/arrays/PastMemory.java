package plumb.model.arrays;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import plumb.model.config.ModelConfig;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

/**
 * Where one thread keeps the pasts of its rows: memory outside the heap, which nobody clears or copies, and which the next
 * row takes over from one that ended.
 */
public final class PastMemory implements AutoCloseable {
    /** Rooms are multiples of this many tokens, so that places fit other rows. */
    private static final int GRAIN = 16;

    private final List<Tensor> taken = new ArrayList<>();
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
            var memory = Tensor.empty(Dtype.F32, "cpu", floats).hold();
            taken.add(memory);
            return new Place(memory.memory(), wanted, kvHeads, headDim);
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
        taken.forEach(Tensor::release);
    }
}
