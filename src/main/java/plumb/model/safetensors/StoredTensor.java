package plumb.model.safetensors;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import plumb.torch.Dtype;

/**
 * A tensor as a file holds it: row-major, little-endian.
 *
 * @param name e.g. {@code model.layers.0.mlp.up_proj.weight}
 * @param dtype element type
 * @param shape sizes; empty for a scalar
 * @param data its bytes; when read from a file, valid until that file is closed
 */
public record StoredTensor(String name, Dtype dtype, List<Long> shape, MemorySegment data) {
    public StoredTensor {
        shape = List.copyOf(shape);
        long expected = bytes(dtype, shape);
        if (data.byteSize() != expected) {
            throw new IllegalArgumentException("tensor " + name + " of shape " + shape + " and type " + dtype
                    + " takes " + expected + " bytes, got " + data.byteSize());
        }
    }

    /** The shape as libtorch takes it. */
    public long[] sizes() {
        return shape.stream().mapToLong(Long::longValue).toArray();
    }

    /** A tensor over the bytes of a Java array. */
    public static StoredTensor of(String name, float[] values, long... shape) {
        return new StoredTensor(name, Dtype.F32, Arrays.stream(shape).boxed().toList(), MemorySegment.ofArray(values));
    }

    /** Bytes of a dense tensor; {@link ArithmeticException} if they do not fit a long. */
    static long bytes(Dtype dtype, List<Long> shape) {
        long elements = 1;
        for (long size : shape) {
            elements = Math.multiplyExact(elements, size);
        }
        return Math.multiplyExact(elements, dtype.bytes());
    }
}
