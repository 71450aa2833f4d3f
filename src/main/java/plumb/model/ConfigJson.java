package plumb.model;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import plumb.chat.BadInput;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes the {@code config.json} of a Hugging Face folder. */
final class ConfigJson {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Set<String> FAMILIES = Set.of("LlamaForCausalLM");

    private final JsonNode node;
    private final Path file;

    private ConfigJson(JsonNode node, Path file) {
        this.node = node;
        this.file = file;
    }

    static ModelConfig read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new BadInput("there is no " + file + ": this is not a Hugging Face model folder");
        }
        JsonNode node;
        try {
            node = JSON.readTree(file);
        } catch (JacksonException e) {
            throw new BadInput(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
        var config = new ConfigJson(node, file);
        config.requireFamily();
        try {
            return config.read();
        } catch (IllegalArgumentException e) {
            throw new BadInput(file + ": " + e.getMessage(), e);
        }
    }

    private void requireFamily() {
        var family = node.path("architectures").path(0).asString("");
        if (!FAMILIES.contains(family)) {
            throw new BadInput(file + " names the architecture '" + family + "'; Plumb reads " + FAMILIES);
        }
        if (!node.path("hidden_act").asString("silu").equals("silu")) {
            throw new BadInput(file + ": hidden_act must be silu");
        }
        for (var key : List.of("rope_scaling", "rope_parameters")) {
            var rope = node.path(key);
            var type = rope.path("rope_type").asString(rope.path("type").asString("default"));
            if (!type.equals("default")) {
                throw new BadInput(file + ": " + key + " of type " + type + " is not supported yet");
            }
        }
        if (node.path("quantization_config").isObject()) {
            throw new BadInput(file + ": quantised weights are not supported; use the unquantised model");
        }
        if (node.path("attention_bias").asBoolean(false)
                || node.path("mlp_bias").asBoolean(false)) {
            throw new BadInput(file + ": biases on projections are not supported yet");
        }
    }

    private ModelConfig read() {
        int hidden = integer("hidden_size", -1);
        int heads = integer("num_attention_heads", -1);
        return new ModelConfig(
                integer("vocab_size", -1),
                hidden,
                integer("intermediate_size", -1),
                integer("num_hidden_layers", -1),
                heads,
                integer("num_key_value_heads", heads),
                integer("head_dim", heads > 0 ? hidden / heads : -1),
                number(node.path("rms_norm_eps"), 1e-6),
                number(
                        node.path("rope_theta"),
                        number(node.path("rope_parameters").path("rope_theta"), 10_000)),
                integer("max_position_embeddings", 2048),
                node.path("tie_word_embeddings").asBoolean(false));
    }

    private int integer(String key, int absent) {
        var value = node.path(key);
        if (value.isMissingNode() || value.isNull()) {
            if (absent < 0) {
                throw new BadInput(file + " has no " + key);
            }
            return absent;
        }
        if (!value.isInt()) {
            throw new BadInput(file + ": " + key + " must be a whole number, found " + value);
        }
        return value.asInt();
    }

    private double number(JsonNode value, double absent) {
        if (value.isMissingNode() || value.isNull()) {
            return absent;
        }
        if (!value.isNumber() || !(value.asDouble() > 0)) {
            throw new BadInput(file + ": expected a positive number, found " + value);
        }
        return value.asDouble();
    }

    static String write(ModelConfig config, List<Integer> eosIds) {
        ObjectNode node = JSON.createObjectNode();
        node.putArray("architectures").add("LlamaForCausalLM");
        node.put("model_type", "llama");
        node.put("vocab_size", config.vocabularySize());
        node.put("hidden_size", config.hiddenSize());
        node.put("intermediate_size", config.intermediateSize());
        node.put("num_hidden_layers", config.layers());
        node.put("num_attention_heads", config.heads());
        node.put("num_key_value_heads", config.kvHeads());
        node.put("head_dim", config.headDim());
        node.put("rms_norm_eps", config.normEpsilon());
        node.put("rope_theta", config.ropeTheta());
        node.put("max_position_embeddings", config.maxPositions());
        node.put("tie_word_embeddings", config.tied());
        node.put("hidden_act", "silu");
        node.put("attention_bias", false);
        node.put("mlp_bias", false);
        node.put("torch_dtype", "float32");
        var eos = node.putArray("eos_token_id");
        eosIds.forEach(eos::add);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
    }
}
