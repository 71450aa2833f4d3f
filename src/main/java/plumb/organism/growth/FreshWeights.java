package plumb.organism.growth;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import plumb.model.config.ModelConfig;
import plumb.torch.Tensor;

/** Initial weights: normal with deviation 0.05, smaller by √(2·layers) where a block writes to the residual stream. */
record FreshWeights(ModelConfig shape, SplittableRandom random) {
    private static final double DEVIATION = 0.05;

    Map<String, Tensor> draw() {
        var weights = new LinkedHashMap<String, Tensor>();
        weights.put("model.embed_tokens.weight", normal(shape.vocabularySize(), shape.hiddenSize(), DEVIATION));
        for (int layer = 0; layer < shape.layers(); layer++) {
            block(weights, "model.layers." + layer + ".");
        }
        weights.put("model.norm.weight", ones());
        return weights;
    }

    private void block(Map<String, Tensor> weights, String name) {
        int hidden = shape.hiddenSize();
        int queries = shape.heads() * shape.headDim();
        int keys = shape.kvHeads() * shape.headDim();
        double writing = DEVIATION / Math.sqrt(2.0 * shape.layers());
        weights.put(name + "input_layernorm.weight", ones());
        weights.put(name + "self_attn.q_proj.weight", normal(queries, hidden, DEVIATION));
        weights.put(name + "self_attn.k_proj.weight", normal(keys, hidden, DEVIATION));
        weights.put(name + "self_attn.v_proj.weight", normal(keys, hidden, DEVIATION));
        weights.put(name + "self_attn.o_proj.weight", normal(hidden, queries, writing));
        weights.put(name + "post_attention_layernorm.weight", ones());
        weights.put(name + "mlp.gate_proj.weight", normal(shape.intermediateSize(), hidden, DEVIATION));
        weights.put(name + "mlp.up_proj.weight", normal(shape.intermediateSize(), hidden, DEVIATION));
        weights.put(name + "mlp.down_proj.weight", normal(hidden, shape.intermediateSize(), writing));
    }

    private Tensor ones() {
        return Tensor.full(1, plumb.torch.Dtype.F32, "cpu", shape.hiddenSize());
    }

    private Tensor normal(int rows, int columns, double deviation) {
        var values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return Tensor.of(values, rows, columns);
    }
}
