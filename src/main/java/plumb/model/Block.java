package plumb.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plumb.model.arrays.TrainedBlock;
import plumb.model.config.Architecture.Activation;
import plumb.model.config.ModelConfig;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Stretch;
import plumb.torch.Tensor;

/** One decoder block: attention and a gated MLP, each added to the residual stream. */
final class Block implements AutoCloseable {
    private final int layer;
    private final ModelConfig config;
    private final Norm attentionNorm;
    private final Optional<Norm> attentionOutNorm;
    private final Norm mlpNorm;
    private final Optional<Norm> mlpOutNorm;
    private final Optional<Norm> queryNorm;
    private final Optional<Norm> keyNorm;
    private final Projection queryKeyValue;
    private final Projection attentionOut;
    private final Projection gateUp;
    private final Projection down;
    private final @Nullable TrainedBlock onArrays;
    private final List<Runnable> closings = new ArrayList<>();

    Block(Decoder decoder, int layer) {
        this.layer = layer;
        this.config = decoder.config();
        boolean soft = config.architecture().softNorms();
        boolean headNorms = config.architecture().headNorms();
        this.attentionNorm = norm(decoder, "input_layernorm");
        this.attentionOutNorm = norm(decoder, "post_attention_layernorm", soft);
        this.mlpNorm = norm(decoder, soft ? "pre_feedforward_layernorm" : "post_attention_layernorm");
        this.mlpOutNorm = norm(decoder, "post_feedforward_layernorm", soft);
        this.queryNorm = norm(decoder, "self_attn.q_norm", headNorms);
        this.keyNorm = norm(decoder, "self_attn.k_norm", headNorms);
        this.queryKeyValue = projection(decoder, "q_proj", "k_proj", "v_proj");
        this.attentionOut = projection(decoder, "o_proj");
        this.gateUp = projection(decoder, "gate_proj", "up_proj");
        this.down = projection(decoder, "down_proj");
        this.onArrays = decoder.blockMemory()
                .filter(_ -> Stream.of(attentionOut, gateUp, down).allMatch(p -> p.bias() == null))
                .map(memory -> new TrainedBlock(config, layer, frozen(), memory))
                .orElse(null);
    }

    private TrainedBlock.Frozen frozen() {
        return new TrainedBlock.Frozen(attentionNorm.weight(), mlpNorm.weight(), queryKeyValue.bias());
    }

    private Projection projection(Decoder decoder, String... targets) {
        var projection = new Projection(
                decoder, Arrays.stream(targets).map(t -> module(layer, t)).toList());
        closings.add(projection::close);
        return projection;
    }

    private Norm norm(Decoder decoder, String name) {
        var norm = new Norm(
                decoder.weight(path(layer) + name + ".weight"),
                config.normEpsilon(),
                config.architecture().softNorms(),
                decoder.computed());
        closings.add(norm::close);
        return norm;
    }

    private Optional<Norm> norm(Decoder decoder, String name, boolean present) {
        return present ? Optional.of(norm(decoder, name)) : Optional.empty();
    }

    /** What every name of a block's weights begins with. */
    static String path(int layer) {
        return "model.layers." + layer + ".";
    }

    /** The Hugging Face name of a projection, without {@code .weight}. */
    static String module(int layer, String target) {
        boolean mlp = target.equals("gate_proj") || target.equals("up_proj") || target.equals("down_proj");
        return path(layer) + (mlp ? "mlp." : "self_attn.") + target;
    }

    int layer() {
        return layer;
    }

    /** From and to the residual stream: [tokens, hidden]. */
    Tensor forward(
            Tensor x,
            AttentionLayout layout,
            Rotary.Angles angles,
            @Nullable Adapter adapter,
            List<ActivationEdit> edits) {
        x = edited(x, Site.Stream.RESIDUAL_PRE, edits);
        Attend attend = projected -> attended(heads(projected, angles), layout);
        if (adapter != null && passesWithoutTape(adapter, edits)) {
            return edited(new BlockPass(this, attend, adapter).apply(x), Site.Stream.RESIDUAL_POST, edits);
        }
        if (adapter != null && onArrays != null && passesOnArrays(adapter, edits)) {
            var pass = new ArrayBlockPass(this, onArrays, adapter, layout.lengths());
            return edited(pass.apply(x), Site.Stream.RESIDUAL_POST, edits);
        }
        return finish(x, attend.apply(queryKeyValue.apply(attentionInput(x), adapter)), adapter, edits);
    }

    /** Attention as a function of queries, keys and values as they were projected: [tokens, heads · headDim]. */
    interface Attend {
        Tensor apply(List<Tensor> projected);
    }

    /** A tape is needed only where an edit reaches into the block, or where adapters are put into small weights. */
    private boolean passesWithoutTape(Adapter adapter, List<ActivationEdit> edits) {
        return Autograd.records() && gateUp.isFrozenBeside(adapter) && !anyInside(edits);
    }

    /** The same where adapters are put into small weights, which stand in the memory of this machine. */
    boolean passesOnArrays(Adapter adapter, List<ActivationEdit> edits) {
        return Autograd.records()
                && Scope.isOpen()
                && onArrays != null
                && Stream.of(queryKeyValue, attentionOut, gateUp, down).allMatch(p -> p.takesIn(adapter))
                && !anyInside(edits);
    }

    private boolean anyInside(List<ActivationEdit> edits) {
        return edits.stream().anyMatch(edit -> edit.site().layer() == layer && isInside(edit.site()));
    }

    private static boolean isInside(Site site) {
        return site.stream() == Site.Stream.ATTENTION_OUT || site.stream() == Site.Stream.MLP_OUT;
    }

    /**
     * What attention works on.
     *
     * @param queries [tokens, heads, headDim], rotated
     * @param keys [tokens, kvHeads, headDim], rotated
     * @param values [tokens, kvHeads, headDim]
     */
    record Heads(Tensor queries, Tensor keys, Tensor values) {}

    Heads heads(Tensor x, Rotary.Angles angles, @Nullable Adapter adapter) {
        return heads(queryKeyValue.apply(attentionInput(x), adapter), angles);
    }

    private Heads heads(List<Tensor> projected, Rotary.Angles angles) {
        var queries = normed(split(projected.get(0), config.heads()), queryNorm);
        var keys = normed(split(projected.get(1), config.kvHeads()), keyNorm);
        var cosSin = angles.of(layer);
        return new Heads(cosSin.rotate(queries), cosSin.rotate(keys), split(projected.get(2), config.kvHeads()));
    }

    private Tensor attended(Heads heads, AttentionLayout layout) {
        return layout.attend(
                heads.queries(), layout.keys(heads.keys()), layout.keys(heads.values()), config.window(layer));
    }

    /** Everything after attention: [tokens, hidden]. */
    Tensor finish(Tensor x, Tensor attended, @Nullable Adapter adapter, List<ActivationEdit> edits) {
        var attention = normed(attentionOut.apply(attended, adapter).getFirst(), attentionOutNorm);
        x = x.add(edited(attention, Site.Stream.ATTENTION_OUT, edits));
        var gated = gated(gateUp.apply(mlpInput(x), adapter));
        var mlp = normed(down.apply(gated, adapter).getFirst(), mlpOutNorm);
        x = x.add(edited(mlp, Site.Stream.MLP_OUT, edits));
        return edited(x, Site.Stream.RESIDUAL_POST, edits);
    }

    // ---- the products, and what stands between them

    Projection queryKeyValue() {
        return queryKeyValue;
    }

    Projection attentionOut() {
        return attentionOut;
    }

    Projection gateUp() {
        return gateUp;
    }

    Projection down() {
        return down;
    }

    Tensor attentionInput(Tensor x) {
        return attentionNorm.apply(x);
    }

    Tensor afterAttention(Tensor x, Tensor attention) {
        return x.add(normed(attention, attentionOutNorm));
    }

    Tensor mlpInput(Tensor x) {
        return mlpNorm.apply(x);
    }

    /** [tokens, intermediate] */
    Tensor gated(List<Tensor> gateAndUp) {
        return activated(gateAndUp.get(0)).mul(gateAndUp.get(1));
    }

    Tensor afterMlp(Tensor x, Tensor mlp) {
        return x.add(normed(mlp, mlpOutNorm));
    }

    /** The gradient of what attention gave, from that of what was added to the residual stream. */
    Tensor throughAttentionOutNorm(Tensor attention, Tensor gradient) {
        return through(attention, attentionOutNorm, gradient);
    }

    /** Whether {@link #throughMlpOutNorm} looks at what the MLP gave. */
    boolean normsMlpOut() {
        return mlpOutNorm.isPresent();
    }

    /** The gradient of what the MLP gave, from that of what was added to the residual stream. */
    Tensor throughMlpOutNorm(Tensor mlp, Tensor gradient) {
        return through(mlp, mlpOutNorm, gradient);
    }

    private static Tensor through(Tensor x, Optional<Norm> norm, Tensor gradient) {
        return norm.map(n -> Stretch.of(List.of(x), in -> n.apply(in.getFirst()))
                        .gradients(gradient)
                        .getFirst())
                .orElse(gradient);
    }

    private static Tensor normed(Tensor x, Optional<Norm> norm) {
        return norm.isPresent() ? norm.get().apply(x) : x;
    }

    private Tensor activated(Tensor x) {
        return config.architecture().activation() == Activation.SILU ? x.silu() : x.geluTanh();
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
        closings.forEach(Runnable::run);
    }
}
