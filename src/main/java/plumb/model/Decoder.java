package plumb.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * A Llama-style decoder: RMSNorm, rotary positions, grouped-query attention, SwiGLU (Touvron et al., arXiv 2302.13971).
 * Weights keep their Hugging Face names and are never changed by training an adapter.
 */
public final class Decoder implements AutoCloseable {
    private final ModelConfig config;
    private final Map<String, Tensor> weights;
    private final Rotary rotary;
    private final List<Block> blocks;

    /** Takes over the tensors: they live until {@link #close}. */
    public Decoder(ModelConfig config, Map<String, Tensor> weights) {
        this.config = config;
        this.weights = new LinkedHashMap<>(weights);
        this.weights.values().forEach(Tensor::hold);
        this.rotary = new Rotary(config, device());
        this.blocks = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            blocks.add(new Block(this, layer));
        }
    }

    public ModelConfig config() {
        return config;
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
        rotary.grow(batch.longest());
        var cosSin = rotary.at(batch.positions(device()), head().dtype());
        var x = weight("model.embed_tokens.weight").indexSelect(0, batch.ids(device())); // [tokens, hidden]
        var residuals = new ArrayList<Tensor>(blocks.size());
        for (var block : blocks) {
            x = block.forward(x, layout, cosSin, adapter, edits);
            residuals.add(x);
        }
        return new Forward(batch, residuals, finalNorm(x), head());
    }

    /** Reads prompts into an empty cache and gives the final state of each prompt's last token: [rows, hidden]. */
    Tensor prefill(Batch batch, KeyValueCache cache) {
        var layout = new AttentionLayout(batch, config, device());
        rotary.grow(batch.longest());
        var cosSin = rotary.at(batch.positions(device()), head().dtype());
        var x = weight("model.embed_tokens.weight").indexSelect(0, batch.ids(device())); // [tokens, hidden]
        for (var block : blocks) {
            var heads = block.heads(x, cosSin, null);
            var keys = layout.keys(heads.keys());
            var values = layout.keys(heads.values());
            cache.fill(block.layer(), layout.byRow(keys), layout.byRow(values));
            x = block.finish(x, layout.attend(heads.queries(), keys, values), null, List.of());
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
    Tensor decode(Tensor tokens, long[] positions, KeyValueCache cache) {
        var cosSin = rotary.at(Tensor.of(positions, positions.length).to(device()), head().dtype());
        var x = weight("model.embed_tokens.weight").indexSelect(0, tokens); // [rows, hidden]
        for (var block : blocks) {
            var attended = cache.attend(block.layer(), block.heads(x, cosSin, null), positions);
            x = block.finish(x, attended, null, List.of());
        }
        return finalNorm(x);
    }

    Tensor finalNorm(Tensor x) {
        return x.rmsNorm(weight("model.norm.weight"), config.normEpsilon());
    }

    List<Block> blocks() {
        return blocks;
    }

    Rotary rotary() {
        return rotary;
    }

    /** A model of its own in which the adapter is part of the weights; modules without an adapter are shared. */
    public Decoder merged(Adapter adapter) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var merged = new LinkedHashMap<>(weights);
            for (var module : adapter.modules()) {
                merged.put(module + ".weight", Projection.effective(weight(module + ".weight"), adapter, module));
            }
            return new Decoder(config, merged);
        }
    }

    @Override
    public void close() {
        blocks.forEach(Block::close);
        rotary.close();
        weights.values().forEach(Tensor::release);
        weights.clear();
    }
}
