package plumb.model.safetensors;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import plumb.torch.Dtype;

/**
 * A tensor whose bytes are made when its turn to be written has come, so that a file may be larger than the memory.
 *
 * @param name e.g. {@code model.layers.0.mlp.up_proj.weight}
 * @param dtype element type
 * @param shape sizes; empty for a scalar
 * @param making gives the bytes
 */
public record LazyTensor(String name, Dtype dtype, List<Long> shape, Making making) {
    /** Makes the bytes of a tensor: row-major, little-endian. */
    public interface Making {
        /** Hands all of them over, in one piece that is valid during the call. */
        void into(Sink sink) throws IOException;
    }

    /** Takes bytes and keeps nothing of them. */
    public interface Sink {
        void take(MemorySegment bytes) throws IOException;
    }

    public LazyTensor {
        shape = List.copyOf(shape);
    }

    /** A tensor that is there already. */
    public static LazyTensor of(StoredTensor tensor) {
        return new LazyTensor(tensor.name(), tensor.dtype(), tensor.shape(), sink -> sink.take(tensor.data()));
    }

    /** How many it will have. */
    public long bytes() {
        return StoredTensor.bytes(dtype, shape);
    }
}
