package plumb.model.arrays;

import java.util.ArrayDeque;
import plumb.model.config.ModelConfig;

/**
 * The arrays that passes of trained blocks compute in, lent and taken back: new ones for every pass would have to be zeroed,
 * which takes as long as the arithmetic between two products. For all blocks of a model, and several threads.
 */
public final class BlockMemory {
    private final ModelConfig config;
    private final ArrayDeque<Kept> kept = new ArrayDeque<>();
    private final ArrayDeque<Scratch> scratches = new ArrayDeque<>();

    public BlockMemory(ModelConfig config) {
        this.config = config;
    }

    /** What a block remembers from its pass to its gradient; each array is [tokens, its width]. */
    static final class Kept {
        final int room;
        final float[] x;
        final float[] firstScales;
        final float[] states; // queries, keys, values
        final float[] attended;
        final float[] middle; // between attention and the MLP
        final float[] secondScales;
        final float[] gateUp;
        final float[] sigmoids; // of the gates
        float[] weights = new float[0]; // with which queries look at keys

        private Kept(ModelConfig config, int tokens) {
            this.room = tokens;
            this.x = new float[tokens * config.hiddenSize()];
            this.firstScales = new float[tokens];
            this.states = new float[tokens * stateWidth(config)];
            this.attended = new float[tokens * config.heads() * config.headDim()];
            this.middle = new float[tokens * config.hiddenSize()];
            this.secondScales = new float[tokens];
            this.gateUp = new float[tokens * 2 * config.intermediateSize()];
            this.sigmoids = new float[tokens * config.intermediateSize()];
        }
    }

    /** What is needed within a pass or a gradient alone. */
    static final class Scratch {
        final int room;
        final float[] normed;
        final float[] activated;
        final float[] gateUpGradient;
        final float[] gradient;
        final float[] stateGradients;
        final float[] attendedGradient;
        final Slopes slopes;
        final Exponentials exponentials = new Exponentials();
        final TrainedAttention attention;
        final Rotation.Table angles = new Rotation.Table();
        final Rotation.Table localAngles = new Rotation.Table();

        private Scratch(ModelConfig config, int tokens) {
            this.room = tokens;
            this.normed = new float[tokens * config.hiddenSize()];
            this.activated = new float[tokens * config.intermediateSize()];
            this.gateUpGradient = new float[tokens * 2 * config.intermediateSize()];
            this.gradient = new float[tokens * config.hiddenSize()];
            this.stateGradients = new float[tokens * stateWidth(config)];
            this.attendedGradient = new float[tokens * config.heads() * config.headDim()];
            this.slopes = new Slopes(config);
            this.attention =
                    new TrainedAttention(config, plumb.torch.Blas.found().orElseThrow(), exponentials);
        }
    }

    /** Of a token's queries, keys and values together. */
    static int stateWidth(ModelConfig config) {
        return (config.heads() + 2 * config.kvHeads()) * config.headDim();
    }

    synchronized Kept keep(int tokens) {
        var free = kept.poll();
        return free != null && free.room >= tokens ? free : new Kept(config, roomy(tokens));
    }

    synchronized void giveBack(Kept arrays) {
        kept.push(arrays);
    }

    synchronized Scratch scratch(int tokens) {
        var free = scratches.poll();
        return free != null && free.room >= tokens ? free : new Scratch(config, roomy(tokens));
    }

    synchronized void giveBack(Scratch scratch) {
        scratches.push(scratch);
    }

    /** A little more than asked for: batches differ. */
    private static int roomy(int tokens) {
        return tokens + tokens / 4;
    }
}
