package plumb.model;

import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.torch.Tensor;

/** One decoder block: attention and a gated MLP, each added to the residual stream. */
final class Block implements AutoCloseable {
    private final int layer;
    private final ModelConfig config;
    private final Tensor attentionNorm;
    private final Tensor mlpNorm;
    private final Projection queryKeyValue;
    private final Projection attentionOut;
    private final Projection gateUp;
    private final Projection down;

    Block(Decoder decoder, int layer) {
        this.layer = layer;
        this.config = decoder.config();
        this.attentionNorm = decoder.weight("model.layers." + layer + ".input_layernorm.weight");
        this.mlpNorm = decoder.weight("model.layers." + layer + ".post_attention_layernorm.weight");
        this.queryKeyValue = projection(decoder, "q_proj", "k_proj", "v_proj");
        this.attentionOut = projection(decoder, "o_proj");
        this.gateUp = projection(decoder, "gate_proj", "up_proj");
        this.down = projection(decoder, "down_proj");
    }

    private Projection projection(Decoder decoder, String... targets) {
        return new Projection(
                decoder,
                java.util.Arrays.stream(targets).map(t -> module(layer, t)).toList());
    }

    /** The Hugging Face name of a projection, without {@code .weight}. */
    static String module(int layer, String target) {
        boolean mlp = target.equals("gate_proj") || target.equals("up_proj") || target.equals("down_proj");
        return "model.layers." + layer + (mlp ? ".mlp." : ".self_attn.") + target;
    }

    int layer() {
        return layer;
    }

    /** From and to the residual stream: [tokens, hidden]. */
    Tensor forward(
            Tensor x,
            AttentionLayout layout,
            Rotary.CosSin cosSin,
            @Nullable Adapter adapter,
            List<ActivationEdit> edits) {
        x = edited(x, Site.Stream.RESIDUAL_PRE, edits);
        var heads = heads(x, cosSin, adapter);
        var attended = layout.attend(heads.queries(), layout.keys(heads.keys()), layout.keys(heads.values()));
        return finish(x, attended, adapter, edits);
    }

    /**
     * What attention works on.
     *
     * @param queries [tokens, heads, headDim], rotated
     * @param keys [tokens, kvHeads, headDim], rotated
     * @param values [tokens, kvHeads, headDim]
     */
    record Heads(Tensor queries, Tensor keys, Tensor values) {}

    Heads heads(Tensor x, Rotary.CosSin cosSin, @Nullable Adapter adapter) {
        var normed = x.rmsNorm(attentionNorm, config.normEpsilon());
        var parts = queryKeyValue.apply(normed, adapter);
        return new Heads(
                cosSin.rotate(split(parts.get(0), config.heads())),
                cosSin.rotate(split(parts.get(1), config.kvHeads())),
                split(parts.get(2), config.kvHeads()));
    }

    /** Everything after attention: [tokens, hidden]. */
    Tensor finish(Tensor x, Tensor attended, @Nullable Adapter adapter, List<ActivationEdit> edits) {
        var attention = attentionOut.apply(attended, adapter).getFirst();
        x = x.add(edited(attention, Site.Stream.ATTENTION_OUT, edits));
        var parts = gateUp.apply(x.rmsNorm(mlpNorm, config.normEpsilon()), adapter);
        var mlp = down.apply(parts.get(0).silu().mul(parts.get(1)), adapter).getFirst();
        x = x.add(edited(mlp, Site.Stream.MLP_OUT, edits));
        return edited(x, Site.Stream.RESIDUAL_POST, edits);
    }

    private Tensor split(Tensor x, int heads) {
        return x.view(x.size(0), heads, config.headDim());
    }

    private Tensor edited(Tensor x, Site.Stream stream, List<ActivationEdit> edits) {
        for (var edit : edits) {
            if (edit.site().layer() == layer && edit.site().stream() == stream) {
                x = edit.edit().apply(x);
            }
        }
        return x;
    }

    @Override
    public void close() {
        List.of(queryKeyValue, attentionOut, gateUp, down).forEach(Projection::close);
    }
}
