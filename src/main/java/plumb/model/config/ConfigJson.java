package plumb.model.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import plumb.chat.BadInput;
import plumb.json.JsonFault;
import plumb.model.config.Architecture.Activation;
import plumb.model.config.Architecture.LocalAttention;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Reads and writes the {@code config.json} of a Hugging Face folder. */
public final class ConfigJson {
    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Set<String> QUERY_KEY_VALUE = Set.of("q_proj", "k_proj", "v_proj");
    private static final List<String> SOFT_CAPS = List.of("attn_logit_softcapping", "final_logit_softcapping");

    private final Settings settings;
    private final Family family;

    private ConfigJson(Settings settings) {
        this.settings = settings;
        this.family = settings.family();
    }

    /** Reads a file; {@link BadInput} naming file and key where it is broken or asks for what Plumb cannot compute. */
    public static ModelConfig read(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new BadInput("there is no " + file + ": this is not a Hugging Face model folder");
        }
        JsonNode node;
        try {
            node = JSON.readTree(file);
        } catch (JacksonException e) {
            throw new BadInput(file + " is not JSON: " + JsonFault.of(e), e);
        }
        if (!node.isObject()) {
            throw new BadInput(file + " is no JSON object: it is not the configuration of a model");
        }
        // the text part of a folder that also sees images
        var text = node.path("text_config").isObject() ? node.path("text_config") : node;
        var config = new ConfigJson(new Settings(file, family(file, node), text));
        config.refuseTheUnknown(node);
        try {
            return config.read(node);
        } catch (IllegalArgumentException e) {
            throw new BadInput(file + ": " + e.getMessage(), e);
        }
    }

    private static Family family(Path file, JsonNode node) {
        var architecture = node.path("architectures").path(0).asString("");
        var type = node.path("model_type").asString("");
        return Family.of(architecture)
                .or(() -> architecture.isEmpty() ? Family.ofType(type) : Optional.empty())
                .orElseThrow(() -> new BadInput(file + " names "
                        + (architecture.isEmpty() && type.isEmpty()
                                ? "no architecture"
                                : "the architecture '" + (architecture.isEmpty() ? type : architecture) + "'")
                        + "; Plumb reads " + String.join(", ", Family.all())));
    }

    private void refuseTheUnknown(JsonNode whole) {
        if (whole.path("quantization_config").isObject()) {
            throw settings.refused("quantised weights are not supported; use the unquantised model");
        }
        for (var cap : SOFT_CAPS) {
            if (settings.node().path(cap).isNumber()) {
                throw settings.refused(cap + " is not supported: it belongs to Gemma 2");
            }
        }
        if (settings.flag("use_bidirectional_attention", false)) {
            throw settings.refused("attention in both directions is not supported: this is not a generator of text");
        }
    }

    private ModelConfig read(JsonNode whole) {
        int hidden = settings.required("hidden_size");
        int heads = settings.required("num_attention_heads");
        int layers = settings.required("num_hidden_layers");
        int headDim = settings.integer("head_dim").orElseGet(() -> hidden / Math.max(1, heads));
        boolean tied = whole.has("tie_word_embeddings")
                ? whole.path("tie_word_embeddings").asBoolean()
                : settings.flag("tie_word_embeddings", family == Family.GEMMA3);
        return new ModelConfig(
                settings.required("vocab_size"),
                hidden,
                settings.required("intermediate_size"),
                layers,
                heads,
                settings.integer("num_key_value_heads").orElse(heads),
                headDim,
                settings.number("rms_norm_eps", 1e-6),
                new Ropes(settings).global(),
                settings.required("max_position_embeddings"),
                tied,
                architecture(hidden, headDim, layers, whole.path("text_config").isObject()));
    }

    private Architecture architecture(int hidden, int headDim, int layers, boolean amongOtherSenses) {
        boolean gemma = family == Family.GEMMA3;
        double attended = gemma ? settings.number("query_pre_attn_scalar", 256) : headDim;
        return new Architecture(
                biased(),
                gemma || family == Family.QWEN3,
                gemma,
                activation(),
                gemma ? Math.sqrt(hidden) : 1,
                1 / Math.sqrt(attended),
                local(layers),
                amongOtherSenses);
    }

    private Set<String> biased() {
        var biased = new HashSet<String>();
        if (family == Family.QWEN2) {
            biased.addAll(QUERY_KEY_VALUE);
        } else if (settings.flag("attention_bias", false)) {
            biased.addAll(QUERY_KEY_VALUE);
            biased.add("o_proj");
        }
        if (family == Family.LLAMA && settings.flag("mlp_bias", false)) {
            biased.addAll(Set.of("gate_proj", "up_proj", "down_proj"));
        }
        return biased;
    }

    private Activation activation() {
        boolean gemma = family == Family.GEMMA3;
        var assumed = gemma ? "gelu_pytorch_tanh" : "silu";
        var named =
                settings.node().path(gemma ? "hidden_activation" : "hidden_act").asString(assumed);
        return switch (named) {
            case "silu", "swish" -> Activation.SILU;
            case "gelu_pytorch_tanh" -> Activation.GELU_TANH;
            default -> throw settings.refused("the activation " + named + " is not supported");
        };
    }

    private Optional<LocalAttention> local(int layers) {
        boolean qwen = family == Family.QWEN2 || family == Family.QWEN3;
        var window = settings.integer("sliding_window");
        if (family == Family.LLAMA || window.isEmpty() || (qwen && !settings.flag("use_sliding_window", false))) {
            return Optional.empty();
        }
        int named = settings.node().path("layer_types").size();
        if (named != 0 && named != layers) {
            throw settings.refused("layer_types names " + named + " layers, num_hidden_layers is " + layers);
        }
        var sliding = new HashSet<Integer>();
        for (int layer = 0; layer < layers; layer++) {
            if (slides(layer)) {
                sliding.add(layer);
            }
        }
        return sliding.isEmpty()
                ? Optional.empty()
                : Optional.of(new LocalAttention(window.get(), sliding, new Ropes(settings).local()));
    }

    private boolean slides(int layer) {
        if (family == Family.MISTRAL) {
            return true;
        }
        var types = settings.node().path("layer_types");
        if (types.isArray()) {
            var type = types.path(layer).asString("");
            if (!type.equals("full_attention") && !type.equals("sliding_attention")) {
                throw settings.refused("layer_types names '" + type + "' for layer " + layer
                        + "; full_attention and sliding_attention are supported");
            }
            return type.equals("sliding_attention");
        }
        return family == Family.GEMMA3
                ? (layer + 1) % settings.required("sliding_window_pattern") != 0
                : layer >= settings.required("max_window_layers");
    }

    /** The text of a plain Llama's configuration, in fp32. */
    public static String write(ModelConfig config, List<Integer> eosIds) {
        if (!config.architecture().equals(Architecture.llama(config.headDim()))
                || !config.rope().equals(Rope.plain(config.rope().theta()))) {
            throw new IllegalArgumentException("only plain Llama models are written anew; others keep their own file");
        }
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
        node.put("rope_theta", config.rope().theta());
        node.put("max_position_embeddings", config.maxPositions());
        node.put("tie_word_embeddings", config.tied());
        node.put("hidden_act", "silu");
        node.put("attention_bias", false);
        node.put("mlp_bias", false);
        node.put("torch_dtype", "float32");
        node.putNull("bos_token_id");
        if (eosIds.size() == 1) {
            node.put("eos_token_id", eosIds.getFirst());
        } else {
            var eos = node.putArray("eos_token_id");
            eosIds.forEach(eos::add);
        }
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
    }
}
