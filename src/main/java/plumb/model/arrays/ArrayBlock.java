package plumb.model.arrays;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import plumb.model.config.Architecture.Activation;
import plumb.model.config.ModelConfig;
import plumb.torch.Blas.Matrix;
import plumb.torch.Tensor;

/** One decoder block on arrays; see {@code plumb.model.Block} for what it computes. */
final class ArrayBlock {
    /** Rows whose attention one thread of a crew takes at once. */
    private static final int ROWS = 4;
    /** Elements of the activation that one takes at once. */
    private static final int ELEMENTS = 1 << 14;

    private final ModelConfig config;
    private final int layer;
    private final Linear query;
    private final Linear key;
    private final Linear value;
    private final Linear attentionOut;
    private final Linear gate;
    private final Linear up;
    private final Linear down;
    private final float[] attentionNorm;
    private final float[] mlpNorm;
    private final float @Nullable [] attentionOutNorm;
    private final float @Nullable [] mlpOutNorm;
    private final float @Nullable [] queryNorm;
    private final float @Nullable [] keyNorm;

    ArrayBlock(ModelConfig config, int layer, Map<String, Tensor> weights) {
        this.config = config;
        this.layer = layer;
        var named = new Named(config, weights, "model.layers." + layer + ".");
        boolean soft = config.architecture().softNorms();
        this.query = named.linear("self_attn.q_proj");
        this.key = named.linear("self_attn.k_proj");
        this.value = named.linear("self_attn.v_proj");
        this.attentionOut = named.linear("self_attn.o_proj");
        this.gate = named.linear("mlp.gate_proj");
        this.up = named.linear("mlp.up_proj");
        this.down = named.linear("mlp.down_proj");
        this.attentionNorm = named.norm("input_layernorm");
        this.mlpNorm = named.norm(soft ? "pre_feedforward_layernorm" : "post_attention_layernorm");
        this.attentionOutNorm = soft ? named.norm("post_attention_layernorm") : null;
        this.mlpOutNorm = soft ? named.norm("post_feedforward_layernorm") : null;
        this.queryNorm = config.architecture().headNorms() ? named.norm("self_attn.q_norm") : null;
        this.keyNorm = config.architecture().headNorms() ? named.norm("self_attn.k_norm") : null;
    }

    /** The weights of one block by their short names. */
    record Named(ModelConfig config, Map<String, Tensor> weights, String prefix) {
        Linear linear(String name) {
            var bias = weights.get(prefix + name + ".bias");
            return new Linear(prefix + name, new Weight(weight(name)), bias == null ? null : bias.floats());
        }

        /** Soft norms multiply by 1 + weight. */
        float[] norm(String name) {
            var values = weight(name).floats();
            for (int i = 0; i < values.length && config.architecture().softNorms(); i++) {
                values[i] += 1;
            }
            return values;
        }

        private Tensor weight(String name) {
            var weight = weights.get(prefix + name + ".weight");
            if (weight == null) {
                throw new IllegalArgumentException("the model has no weight named " + prefix + name + ".weight");
            }
            return weight;
        }
    }

    /** A projection with its bias, where it has one; rows with an adapter have its change added. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Linear(String name, Weight weight, float @Nullable [] bias) {
        void apply(Pass pass, float[] x, float[] into) {
            int tokens = pass.tokens();
            weight.apply(pass, Matrix.of(x, 0, tokens, weight.in()), Matrix.of(into, 0, tokens, weight.out()));
            if (bias != null) {
                Elementwise.addBias(into, bias, tokens);
            }
            pass.voices().forEach(voice -> voice.adapter().add(name, pass, x, into, voice));
        }
    }

    /** Adds the keys and values of the pass's tokens to the pasts of their rows. */
    void remember(Pass pass) {
        var b = pass.buffers();
        Elementwise.rmsNorm(b.x, attentionNorm, config.normEpsilon(), b.normed, pass.tokens());
        key.apply(pass, b.normed, b.keys);
        value.apply(pass, b.normed, b.values);
        normHeads(b.keys, keyNorm, pass.tokens() * config.kvHeads());
        pass.rotate(layer, b.keys, config.kvHeads());
        int width = config.kvHeads() * config.headDim();
        for (var stretch : pass.stretches()) {
            int at = stretch.offset() * width;
            stretch.past().put(layer, b.keys, b.values, at, stretch.count());
        }
    }

    /** Attention over what is remembered, and the MLP: both are added to the residual stream. */
    void finish(Pass pass) {
        var b = pass.buffers();
        int tokens = pass.tokens();
        query.apply(pass, b.normed, b.queries);
        normHeads(b.queries, queryNorm, tokens * config.heads());
        pass.rotate(layer, b.queries, config.heads());
        pass.eachSome(
                pass.stretches().size(),
                ROWS,
                (hand, from, to) ->
                        hand.attention().attend(layer, pass.stretches().subList(from, to), b.queries, b.attended));
        attentionOut.apply(pass, b.attended, b.normed);
        addNormed(pass, attentionOutNorm);
        Elementwise.rmsNorm(b.x, mlpNorm, config.normEpsilon(), b.normed, tokens);
        gate.apply(pass, b.normed, b.gate);
        up.apply(pass, b.normed, b.up);
        boolean silu = config.architecture().activation() == Activation.SILU;
        pass.eachSome(tokens * config.intermediateSize(), ELEMENTS, (hand, from, to) -> {
            if (silu) {
                hand.exponentials().silu(b.gate, b.up, from, to);
            } else {
                hand.exponentials().gelu(b.gate, b.up, from, to);
            }
        });
        down.apply(pass, b.gate, b.normed);
        addNormed(pass, mlpOutNorm);
    }

    private void addNormed(Pass pass, float @Nullable [] norm) {
        var b = pass.buffers();
        if (norm != null) {
            Elementwise.rmsNorm(b.normed, norm, config.normEpsilon(), b.normed, pass.tokens());
        }
        Elementwise.add(b.x, b.normed, pass.tokens() * config.hiddenSize());
    }

    private void normHeads(float[] x, float @Nullable [] norm, int heads) {
        if (norm != null) {
            Elementwise.rmsNorm(x, norm, config.normEpsilon(), x, heads);
        }
    }
}
