package plumb.model.arrays;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.model.config.Architecture.Activation;
import plumb.model.config.ModelConfig;
import plumb.torch.Blas;
import plumb.torch.Blas.Matrix;
import plumb.torch.Tensor;

/**
 * One decoder block over whole rows, and its gradient worked out by hand, on arrays: what {@code plumb.model.Block} computes on a
 * tape. On small models the tape's many small operations take longer than the products.
 */
public final class TrainedBlock {
    private final ModelConfig config;
    private final BlockMemory memory;
    private final Blas blas = Blas.found().orElseThrow();
    private final Rotation rotation;
    private final boolean local;
    private final int window;
    private final float[] attentionNorm;
    private final float[] mlpNorm;
    private final float @Nullable [] stateBias;

    /**
     * What an adapter does not change.
     *
     * @param stateBias of queries, keys and values, end to end
     */
    public record Frozen(
            Tensor attentionNorm, Tensor mlpNorm, @Nullable Tensor stateBias) {}

    public TrainedBlock(ModelConfig config, int layer, Frozen frozen, BlockMemory memory) {
        this.config = config;
        this.memory = memory;
        this.local = config.isLocal(layer);
        this.window = config.window(layer);
        this.rotation = new Rotation(
                config.architecture()
                        .local()
                        .filter(_ -> local)
                        .map(l -> l.rope())
                        .orElse(config.rope()),
                config.headDim());
        this.attentionNorm = frozen.attentionNorm.floats();
        this.mlpNorm = frozen.mlpNorm.floats();
        this.stateBias = frozen.stateBias == null ? null : frozen.stateBias.floats();
    }

    /** Whether blocks of this model are computed here. */
    public static boolean fits(ModelConfig config) {
        var it = config.architecture();
        return !it.softNorms()
                && !it.headNorms()
                && it.activation() == Activation.SILU
                && Blas.found().isPresent();
    }

    /** The four products of a block. */
    public enum Product {
        /** Queries, keys and values. */
        STATES,
        ATTENTION_OUT,
        GATE_UP,
        DOWN
    }

    /** What its products multiply with, the adapter's change among it: each [out, in]. */
    public interface Weights {
        Matrix of(Product product);
    }

    /** Takes what the gradient of a product's weight is made of: it is output gradientᵀ · input. */
    public interface WeightGradients {
        /**
         * One product's turn.
         *
         * @param gradient of its output: [tokens, out]
         * @param input [tokens, in]
         */
        void take(Product product, Matrix gradient, Matrix input);
    }

    /** A pass over rows: forward once, then back as often as somebody asks, then {@link #close}. */
    public final class Run implements AutoCloseable {
        private final TrainedAttention.Rows rows;
        private final int[] positions;
        private final int tokens;
        private final Weights weights;
        private final BlockMemory.Kept kept;

        private Run(int[] lengths, Weights weights) {
            this.rows = new TrainedAttention.Rows(lengths, window);
            this.positions = Arrays.stream(lengths)
                    .flatMap(length -> IntStream.range(0, length))
                    .toArray();
            this.tokens = positions.length;
            this.weights = weights;
            this.kept = memory.keep(tokens);
        }

        /** From and to the residual stream: [tokens, hidden], fp32. */
        public void forward(MemorySegment x, MemorySegment into) {
            var s = memory.scratch(tokens);
            read(x, kept.x);
            s.slopes.rmsNorm(first(), s.normed, tokens);
            times(s.normed, Product.STATES, kept.states);
            if (stateBias != null) {
                Elementwise.addBias(kept.states, stateBias, tokens);
            }
            rotation.rotate(kept.states, width(), rotated(), positions, angles(s));
            kept.weights = room(kept.weights, s.attention.kept(rows.lengths()));
            s.attention.attend(kept.states, rows, kept.attended, kept.weights);
            times(kept.attended, Product.ATTENTION_OUT, kept.middle);
            Elementwise.add(kept.middle, kept.x, tokens * config.hiddenSize());
            s.slopes.rmsNorm(second(), s.normed, tokens);
            times(s.normed, Product.GATE_UP, kept.gateUp);
            s.exponentials.silu(kept.gateUp, s.activated, kept.sigmoids, tokens, config.intermediateSize());
            times(s.activated, Product.DOWN, s.normed);
            Elementwise.add(s.normed, kept.middle, tokens * config.hiddenSize());
            write(s.normed, into);
            memory.giveBack(s);
        }

        /** From the gradient of what {@link #forward} gave to that of what it was given: [tokens, hidden]. */
        public void back(MemorySegment gradient, MemorySegment into, WeightGradients slopes) {
            var s = memory.scratch(tokens);
            read(gradient, s.gradient);
            backThroughMlp(s, slopes);
            backThroughAttention(s, slopes);
            write(s.gradient, into);
            memory.giveBack(s);
        }

        private void backThroughMlp(BlockMemory.Scratch s, WeightGradients slopes) {
            timesWeight(s.gradient, Product.DOWN, s.activated);
            s.slopes.silu(kept.gateUp, kept.sigmoids, s.activated, s.gateUpGradient, tokens);
            slopes.take(
                    Product.DOWN,
                    matrix(s.gradient, config.hiddenSize()),
                    matrix(s.activated, config.intermediateSize()));
            s.slopes.again(second(), s.normed, tokens);
            slopes.take(
                    Product.GATE_UP,
                    matrix(s.gateUpGradient, 2 * config.intermediateSize()),
                    matrix(s.normed, config.hiddenSize()));
            timesWeight(s.gateUpGradient, Product.GATE_UP, s.normed);
            s.slopes.addRmsNorm(s.normed, second(), s.gradient, tokens);
        }

        private void backThroughAttention(BlockMemory.Scratch s, WeightGradients slopes) {
            int attended = config.heads() * config.headDim();
            slopes.take(
                    Product.ATTENTION_OUT, matrix(s.gradient, config.hiddenSize()), matrix(kept.attended, attended));
            timesWeight(s.gradient, Product.ATTENTION_OUT, s.attendedGradient);
            s.attention.back(kept.states, rows, s.attendedGradient, s.stateGradients, kept.weights);
            rotation.rotateBack(s.stateGradients, width(), rotated(), positions, angles(s));
            s.slopes.again(first(), s.normed, tokens);
            slopes.take(Product.STATES, matrix(s.stateGradients, width()), matrix(s.normed, config.hiddenSize()));
            timesWeight(s.stateGradients, Product.STATES, s.normed);
            s.slopes.addRmsNorm(s.normed, first(), s.gradient, tokens);
        }

        /** The norm in front of attention. */
        private Slopes.Normed first() {
            return new Slopes.Normed(kept.x, attentionNorm, kept.firstScales);
        }

        /** The norm in front of the MLP. */
        private Slopes.Normed second() {
            return new Slopes.Normed(kept.middle, mlpNorm, kept.secondScales);
        }

        /** into = x Wᵀ */
        private void times(float[] x, Product product, float[] into) {
            var weight = weights.of(product);
            blas.timesTransposed(matrix(x, weight.columns()), weight, matrix(into, weight.rows()), 1);
        }

        /** into = gradient W */
        private void timesWeight(float[] gradient, Product product, float[] into) {
            var weight = weights.of(product);
            blas.times(matrix(gradient, weight.rows()), weight, matrix(into, weight.columns()), false);
        }

        private Matrix matrix(float[] values, int columns) {
            return Matrix.of(values, 0, tokens, columns);
        }

        private void read(MemorySegment from, float[] into) {
            MemorySegment.copy(from, ValueLayout.JAVA_FLOAT, 0, into, 0, tokens * config.hiddenSize());
        }

        private void write(float[] from, MemorySegment into) {
            MemorySegment.copy(from, 0, into, ValueLayout.JAVA_FLOAT, 0, tokens * config.hiddenSize());
        }

        private static float[] room(float[] known, int floats) {
            return known.length < floats ? new float[floats] : known;
        }

        private Rotation.Table angles(BlockMemory.Scratch s) {
            return local ? s.localAngles : s.angles;
        }

        @Override
        public void close() {
            memory.giveBack(kept);
        }
    }

    /**
     * Begins a pass.
     *
     * @param lengths of the rows, which stand end to end
     */
    public Run run(int[] lengths, Weights weights) {
        return new Run(lengths, weights);
    }

    private int width() {
        return BlockMemory.stateWidth(config);
    }

    /** Heads that are rotated: queries and keys. */
    private int rotated() {
        return config.heads() + config.kvHeads();
    }
}
