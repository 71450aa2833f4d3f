package plumb.model;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import plumb.model.config.ModelConfig;

/** The weights a decoder has: their names as in a plain Hugging Face folder, their shapes, and how other folders name them. */
final class ModelWeights {
    private static final List<String> OTHER_SENSES = List.of("vision_tower.", "multi_modal_projector.");

    private final ModelConfig config;
    private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

    private ModelWeights(ModelConfig config) {
        this.config = config;
    }

    /** Every weight a model of this configuration has, with its shape, in model order. */
    static Map<String, List<Long>> shapes(ModelConfig config) {
        var weights = new ModelWeights(config);
        long hidden = config.hiddenSize();
        weights.put("model.embed_tokens.weight", config.vocabularySize(), hidden);
        for (int layer = 0; layer < config.layers(); layer++) {
            weights.block(layer);
        }
        weights.put("model.norm.weight", hidden);
        if (!config.tied()) {
            weights.put("lm_head.weight", config.vocabularySize(), hidden);
        }
        return weights.shapes;
    }

    private void block(int layer) {
        var block = Block.path(layer);
        long hidden = config.hiddenSize();
        long mlp = config.intermediateSize();
        long query = (long) config.heads() * config.headDim();
        long key = (long) config.kvHeads() * config.headDim();
        put(block + "input_layernorm.weight", hidden);
        projection(layer, "q_proj", query, hidden);
        projection(layer, "k_proj", key, hidden);
        projection(layer, "v_proj", key, hidden);
        projection(layer, "o_proj", hidden, query);
        if (config.architecture().headNorms()) {
            put(block + "self_attn.q_norm.weight", config.headDim());
            put(block + "self_attn.k_norm.weight", config.headDim());
        }
        put(block + "post_attention_layernorm.weight", hidden);
        if (config.architecture().softNorms()) {
            put(block + "pre_feedforward_layernorm.weight", hidden);
            put(block + "post_feedforward_layernorm.weight", hidden);
        }
        projection(layer, "gate_proj", mlp, hidden);
        projection(layer, "up_proj", mlp, hidden);
        projection(layer, "down_proj", hidden, mlp);
    }

    private void projection(int layer, String target, long out, long in) {
        var module = Block.module(layer, target);
        put(module + ".weight", out, in);
        if (config.architecture().biased().contains(target)) {
            put(module + ".bias", out);
        }
    }

    private void put(String name, long... shape) {
        shapes.put(name, java.util.Arrays.stream(shape).boxed().toList());
    }

    /**
     * The plain name of a stored weight. Folders of models that also see images put the text model's names behind
     * {@code language_model.} (Transformers 4) or {@code model.language_model.} (Transformers 5).
     */
    static String plain(String stored) {
        if (stored.startsWith("language_model.")) {
            return stored.substring("language_model.".length());
        }
        return stored.startsWith("model.language_model.")
                ? "model." + stored.substring("model.language_model.".length())
                : stored;
    }

    /** The name that a module of the text model has in a model that also sees images, the inverse of {@link #plain}. */
    static String amongOtherSenses(String module) {
        return "model.language_model." + module.substring("model.".length());
    }

    /** What files carry although the text model has no use for it: a tied head, rotary frequencies, other senses. */
    static boolean isIgnored(String plain, ModelConfig config) {
        return plain.endsWith(".rotary_emb.inv_freq")
                || (config.tied() && plain.equals("lm_head.weight"))
                || OTHER_SENSES.stream()
                        .anyMatch(sense -> plain.startsWith(sense) || plain.startsWith("model." + sense));
    }

    /** Whether a name, whatever stands before it, is of the parts that see images. */
    static boolean isOfOtherSenses(String stored) {
        return OTHER_SENSES.stream().anyMatch(stored::contains);
    }
}
