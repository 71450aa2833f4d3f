package plumb.torch;

import org.bytedeco.pytorch.global.torch.ScalarType;

/** Element types, by the names safetensors uses. */
public enum Dtype {
    F64(ScalarType.Double, 8),
    F32(ScalarType.Float, 4),
    BF16(ScalarType.BFloat16, 2),
    F16(ScalarType.Half, 2),
    I64(ScalarType.Long, 8),
    I32(ScalarType.Int, 4),
    U8(ScalarType.Byte, 1),
    BOOL(ScalarType.Bool, 1);

    private final ScalarType scalarType;
    private final int bytes;

    Dtype(ScalarType scalarType, int bytes) {
        this.scalarType = scalarType;
        this.bytes = bytes;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** The type in which products with tensors stored in this one are computed there: F32 where the processor lacks this one. */
    public Dtype computedOn(String device) {
        boolean narrow = this == BF16 || this == F16;
        return narrow && device.equals("cpu") && !NativeTypes.contains(this) ? F32 : this;
    }

    ScalarType scalarType() {
        return scalarType;
    }

    static Dtype of(ScalarType type) {
        for (var dtype : values()) {
            if (dtype.scalarType.value == type.value) {
                return dtype;
            }
        }
        throw new IllegalArgumentException("tensors of type " + type + " are not supported");
    }
}
