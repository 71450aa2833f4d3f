package plumb.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.model.arrays.BlockMemory;
import plumb.model.arrays.TrainedBlock;
import plumb.model.config.ModelConfig;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * A Llama-style decoder: RMSNorm, rotary positions, grouped-query attention, a gated MLP (Touvron et al., arXiv
 * 2302.13971), with what {@link plumb.model.config.Architecture other families} do differently.
 * Weights keep their Hugging Face names and are never changed by training an adapter.
 */
public final class Decoder implements AutoCloseable {
    private final ModelConfig config;
    private final Dtype computed;
    private final Map<String, Tensor> weights;
    private final List<Rotary> rotaries; // of the layers that see everything, and of the local ones if there are any
    private final List<Block> blocks;
    private final Norm finalNorm;
    private final @Nullable Tensor embeddingScale;
    private final boolean steered;
    private final @Nullable BlockMemory blockMemory;

    /**
     * Takes over the tensors: they live until {@link #close}. It computes in their type, or in fp32 where the processor has no
     * instructions for a narrow one.
     */
    public Decoder(ModelConfig config, Map<String, Tensor> weights) {
        this(config, weights, computed(weights), false);
    }

    private static Dtype computed(Map<String, Tensor> weights) {
        var embedding = weights.get("model.embed_tokens.weight");
        return embedding == null ? Dtype.F32 : embedding.dtype().computedOn(embedding.device());
    }

    /** @param computed the type of everything between the weights */
    Decoder(ModelConfig config, Map<String, Tensor> weights, Dtype computed) {
        this(config, weights, computed, false);
    }

    private Decoder(ModelConfig config, Map<String, Tensor> weights, Dtype computed, boolean steered) {
        this.config = config;
        this.computed = computed;
        this.steered = steered;
        this.weights = new LinkedHashMap<>(weights);
        this.weights.values().forEach(Tensor::hold);
        this.rotaries = new ArrayList<>();
        rotaries.add(new Rotary(config.rope(), config.headDim(), device()));
        config.architecture().local().ifPresent(l -> rotaries.add(new Rotary(l.rope(), config.headDim(), device())));
        this.finalNorm = new Norm(
                weight("model.norm.weight"),
                config.normEpsilon(),
                config.architecture().softNorms(),
                computed);
        double scale = config.architecture().embeddingScale();
        this.embeddingScale = scale == 1
                ? null
                : Tensor.full(scale, head().dtype(), device()).to(computed).hold();
        this.blockMemory = device().equals("cpu") && computed == Dtype.F32 && TrainedBlock.fits(config)
                ? new BlockMemory(config)
                : null;
        this.blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            blocks.add(new Block(this, layer));
        }
    }

    public ModelConfig config() {
        return config;
    }

    /** The type of states, keys, values and hidden states; the weights may be stored narrower. */
    public Dtype computed() {
        return computed;
    }

    public String device() {
        return weight("model.embed_tokens.weight").device();
    }

    /** A weight by its Hugging Face name. */
    public Tensor weight(String name) {
        var weight = weights.get(name);
        if (weight == null) {
            throw new IllegalArgumentException("the model has no weight named " + name);
        }
        return weight;
    }

    /** Why what this model computes is not finite, and the first weight to blame. */
    public BadInput notFinite() {
        for (var weight : weights.entrySet()) {
            try (var _ = new Scope()) {
                if (!weight.getValue().allFinite()) {
                    return new BadInput("the model computes numbers that are not finite: its weight " + weight.getKey()
                            + " holds NaN or infinity. Copy or download the folder again");
                }
            }
        }
        return new BadInput("the model computes numbers that are not finite: its weights are too large for the type"
                + " they are computed in (try --dtype f32 or bf16)");
    }

    /** All weights by name, in model order. */
    public Map<String, Tensor> weights() {
        return java.util.Collections.unmodifiableMap(weights);
    }

    /** [vocabulary, hidden]; the embedding itself when the model ties them. */
    public Tensor head() {
        return weight(config.tied() ? "model.embed_tokens.weight" : "lm_head.weight");
    }

    /** The modules of these kinds, block by block: {@code model.layers.0.self_attn.q_proj}, … */
    public List<String> projections(List<String> targets) {
        var names = new ArrayList<String>();
        for (int layer = 0; layer < config.layers(); layer++) {
            for (var target : LoraSettings.ALL_PROJECTIONS) {
                if (targets.contains(target)) {
                    names.add(Block.module(layer, target));
                }
            }
        }
        return names;
    }

    /** One pass over a batch. Records a gradient tape unless {@link Autograd#pause paused}. */
    public Forward forward(Batch batch, @Nullable Adapter adapter, List<ActivationEdit> edits) {
        var layout = new AttentionLayout(batch, config, device());
        grow(batch.longest());
        var angles = angles(batch.positions(device()));
        var x = embedded(batch.ids(device()));
        var residuals = new ArrayList<Tensor>(blocks.size());
        for (var block : blocks) {
            var in = x;
            x = lean(edits, () -> block.forward(in, layout, angles, adapter, edits));
            residuals.add(x);
        }
        return new Forward(batch, residuals, finalNorm(x), head());
    }

    /** One pass over tokens that several rows share and over what follows them in each: the final states. */
    Tensor branched(Branches branches) {
        grow(branches.longest());
        var angles = angles(branches.positions());
        var x = embedded(branches.ids());
        for (var block : blocks) {
            var attended = branches.attend(block.heads(x, angles, null), config.window(block.layer()));
            x = block.finish(x, attended, null, List.of());
        }
        return finalNorm(x); // [shared + branches, hidden]
    }

    /** Without a tape, and without edits that might keep what they see, a block's memory is given back at once. */
    private static Tensor lean(List<ActivationEdit> edits, Supplier<Tensor> block) {
        if (Autograd.records() || !edits.isEmpty()) {
            return block.get();
        }
        try (var scope = new Scope()) {
            return scope.keep(block.get());
        }
    }

    /** Reads prompts into an empty cache and gives the final state of each prompt's last token: [rows, hidden]. */
    Tensor prefill(Batch batch, TensorCache cache) {
        return prefill(batch, cache, null);
    }

    /** The same with an adapter beside the weights, which are shared and stay as they are. */
    Tensor prefill(Batch batch, TensorCache cache, @Nullable Adapter adapter) {
        var layout = new AttentionLayout(batch, config, device());
        grow(batch.longest());
        var angles = angles(batch.positions(device()));
        var x = embedded(batch.ids(device()));
        for (var block : blocks) {
            var heads = block.heads(x, angles, adapter);
            var keys = layout.keys(heads.keys());
            var values = layout.keys(heads.values());
            cache.fill(block.layer(), layout.byRow(keys), layout.byRow(values));
            var attended = layout.attend(heads.queries(), keys, values, config.window(block.layer()));
            x = block.finish(x, attended, adapter, List.of());
        }
        var last = batch.lastTokens();
        return finalNorm(x.indexSelect(0, Tensor.of(last, last.length).to(device())));
    }

    /**
     * Reads one more token a row.
     *
     * @param tokens [rows]
     * @param positions each token's place in its row
     * @return the final states: [rows, hidden]
     */
    Tensor decode(Tensor tokens, long[] positions, TensorCache cache) {
        return decode(tokens, positions, cache, null);
    }

    /** The same with an adapter beside the weights. */
    Tensor decode(Tensor tokens, long[] positions, TensorCache cache, @Nullable Adapter adapter) {
        var angles = angles(Tensor.of(positions, positions.length).to(device()));
        var x = embedded(tokens);
        for (var block : blocks) {
            var attended = cache.attend(block.layer(), block.heads(x, angles, adapter), positions);
            x = block.finish(x, attended, adapter, List.of());
        }
        return finalNorm(x);
    }

    /** [tokens] to [tokens, hidden] */
    private Tensor embedded(Tensor ids) {
        var rows = weight("model.embed_tokens.weight").indexSelect(0, ids).to(computed);
        return embeddingScale == null ? rows : rows.mul(embeddingScale);
    }

    private Rotary.Angles angles(Tensor positions) {
        var global = rotaries.getFirst().at(positions, computed);
        var local = rotaries.size() == 1 ? global : rotaries.getLast().at(positions, computed);
        return layer -> config.isLocal(layer) ? local : global;
    }

    /** Makes ready for rows of this many tokens. */
    void grow(int length) {
        rotaries.forEach(r -> r.grow(length));
    }

    Tensor finalNorm(Tensor x) {
        return finalNorm.apply(x);
    }

    /** For training blocks on arrays; none where that is not done. */
    Optional<BlockMemory> blockMemory() {
        return Optional.ofNullable(blockMemory);
    }

    List<Block> blocks() {
        return blocks;
    }

    /** A model of its own in which the adapter is part of the weights; modules without an adapter are shared. */
    public Decoder merged(Adapter adapter) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var merged = new LinkedHashMap<>(weights);
            for (var module : adapter.modules()) {
                merged.put(module + ".weight", Projection.effective(weight(module + ".weight"), adapter, module));
            }
            return new Decoder(config, merged, computed, steered);
        }
    }

    /**
     * A model of its own whose residual stream is moved, at every token, as it leaves each block: a bias of the block's last
     * projection does exactly that, so the model is read, sampled and merged like any other. Other weights are shared.
     *
     * @param shifts one a layer: [hidden]
     */
    public Decoder steered(List<Tensor> shifts) {
        if (config.architecture().softNorms()) {
            throw new IllegalArgumentException(
                    "a model that normalizes what its blocks write cannot be steered by a bias");
        }
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var moved = new LinkedHashMap<>(weights);
            for (int layer = 0; layer < shifts.size(); layer++) {
                var name = Block.module(layer, "down_proj") + ".bias";
                var shift = shifts.get(layer).to(head().dtype());
                var old = weights.get(name);
                moved.put(name, old == null ? shift : old.add(shift));
            }
            return new Decoder(config, moved, computed, true);
        }
    }

    /** Whether this is a model under an intervention: not what will be served. */
    boolean isSteered() {
        return steered;
    }

    @Override
    public void close() {
        blocks.forEach(Block::close);
        rotaries.forEach(Rotary::close);
        finalNorm.close();
        if (embeddingScale != null) {
            embeddingScale.release();
        }
        weights.values().forEach(Tensor::release);
        weights.clear();
    }
}
