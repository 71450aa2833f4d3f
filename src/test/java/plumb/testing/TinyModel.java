package plumb.testing;

import java.util.LinkedHashMap;
import java.util.SplittableRandom;
import plumb.model.Decoder;
import plumb.model.config.ModelConfig;
import plumb.torch.Tensor;

/** A decoder small enough for exact tests: two blocks, two key heads for four query heads, random weights. */
public final class TinyModel {
    public static final ModelConfig CONFIG = new ModelConfig(50, 16, 24, 2, 4, 2, 4, 1e-5, 10_000, 128, true);

    private TinyModel() {}

    public static Decoder decoder(long seed) {
        return decoder(CONFIG, seed);
    }

    public static Decoder decoder(ModelConfig c, long seed) {
        var random = new SplittableRandom(seed);
        var weights = new LinkedHashMap<String, Tensor>();
        weights.put("model.embed_tokens.weight", normal(random, 0.5, c.vocabularySize(), c.hiddenSize()));
        for (int layer = 0; layer < c.layers(); layer++) {
            var block = "model.layers." + layer + ".";
            weights.put(block + "input_layernorm.weight", around1(random, c.hiddenSize()));
            weights.put(
                    block + "self_attn.q_proj.weight", normal(random, 0.3, c.heads() * c.headDim(), c.hiddenSize()));
            weights.put(
                    block + "self_attn.k_proj.weight", normal(random, 0.3, c.kvHeads() * c.headDim(), c.hiddenSize()));
            weights.put(
                    block + "self_attn.v_proj.weight", normal(random, 0.3, c.kvHeads() * c.headDim(), c.hiddenSize()));
            weights.put(
                    block + "self_attn.o_proj.weight", normal(random, 0.3, c.hiddenSize(), c.heads() * c.headDim()));
            weights.put(block + "post_attention_layernorm.weight", around1(random, c.hiddenSize()));
            weights.put(block + "mlp.gate_proj.weight", normal(random, 0.3, c.intermediateSize(), c.hiddenSize()));
            weights.put(block + "mlp.up_proj.weight", normal(random, 0.3, c.intermediateSize(), c.hiddenSize()));
            weights.put(block + "mlp.down_proj.weight", normal(random, 0.3, c.hiddenSize(), c.intermediateSize()));
        }
        weights.put("model.norm.weight", around1(random, c.hiddenSize()));
        return new Decoder(c, weights);
    }

    public static Tensor normal(SplittableRandom random, double deviation, int... shape) {
        int size = 1;
        var longShape = new long[shape.length];
        for (int i = 0; i < shape.length; i++) {
            size *= shape[i];
            longShape[i] = shape[i];
        }
        var values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (deviation * random.nextGaussian());
        }
        return Tensor.of(values, longShape);
    }

    private static Tensor around1(SplittableRandom random, int size) {
        return normal(random, 0.1, size).add(1);
    }
}
