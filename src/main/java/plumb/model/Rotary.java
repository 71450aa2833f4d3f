package plumb.model;

import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.torch.Tensor;

/**
 * Rotary position embedding (Su et al., arXiv 2104.09864) in the half-split layout of Hugging Face checkpoints. The sine
 * table carries the sign of the rotated half, so that one roll and two products do it.
 */
final class Rotary implements AutoCloseable {
    private final int half;
    private final double theta;
    private final String device;
    private @Nullable Tensor cos;
    private @Nullable Tensor sin;
    private int known;

    Rotary(ModelConfig config, String device) {
        this.half = config.headDim() / 2;
        this.theta = config.ropeTheta();
        this.device = device;
        grow(Math.min(config.maxPositions(), 512));
    }

    /**
     * Cosines and signed sines at these positions.
     *
     * @param cos [tokens, 1, headDim]
     * @param sin [tokens, 1, headDim], negative in the first half
     */
    record CosSin(Tensor cos, Tensor sin) {
        /** Rotates every head of x: [tokens, heads, headDim]. */
        Tensor rotate(Tensor x) {
            return x.mul(cos).addcmul(x.roll(x.size(2) / 2, 2), sin);
        }
    }

    CosSin at(Tensor positions) {
        return new CosSin(table(cos).indexSelect(0, positions), table(sin).indexSelect(0, positions));
    }

    /** Makes the tables long enough for positions below {@code length}. */
    synchronized void grow(int length) {
        if (length <= known) {
            return;
        }
        int size = 2 * half;
        var cosines = new float[length * size];
        var sines = new float[length * size];
        for (int position = 0; position < length; position++) {
            for (int i = 0; i < half; i++) {
                float frequency = (float) (1.0 / Math.pow(theta, (double) i / half));
                float angle = position * frequency; // in fp32, as the reference computes it
                cosines[position * size + i] = (float) Math.cos(angle);
                cosines[position * size + half + i] = (float) Math.cos(angle);
                sines[position * size + i] = (float) -Math.sin(angle);
                sines[position * size + half + i] = (float) Math.sin(angle);
            }
        }
        close();
        cos = Tensor.of(cosines, length, 1, size).to(device).hold();
        sin = Tensor.of(sines, length, 1, size).to(device).hold();
        known = length;
    }

    private static Tensor table(@Nullable Tensor table) {
        if (table == null) {
            throw new IllegalStateException("this model was closed");
        }
        return table;
    }

    @Override
    public void close() {
        for (var table : List.of(java.util.Optional.ofNullable(cos), java.util.Optional.ofNullable(sin))) {
            table.ifPresent(Tensor::release);
        }
        cos = null;
        sin = null;
    }
}
