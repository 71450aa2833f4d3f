package plumb.model.arrays;

import plumb.model.config.ModelConfig;

/** What a pass computes in: made once for the largest pass and used again. Each is [tokens, its width]. */
final class Buffers {
    final float[] x; // the residual stream
    final float[] normed;
    final float[] queries;
    final float[] keys;
    final float[] values;
    final float[] attended;
    final float[] gate;
    final float[] up;

    Buffers(ModelConfig config, int tokens) {
        int heads = config.heads() * config.headDim();
        int keyHeads = config.kvHeads() * config.headDim();
        this.x = new float[tokens * config.hiddenSize()];
        this.normed = new float[tokens * config.hiddenSize()];
        this.queries = new float[tokens * heads];
        this.keys = new float[tokens * keyHeads];
        this.values = new float[tokens * keyHeads];
        this.attended = new float[tokens * heads];
        this.gate = new float[tokens * config.intermediateSize()];
        this.up = new float[tokens * config.intermediateSize()];
    }
}
