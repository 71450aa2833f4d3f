package plumb.model.config;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The families of decoders Plumb reads, and what their configuration classes in Transformers assume where a file is silent. */
@SuppressWarnings("ImmutableEnumChecker") // its lists and maps come from of(…), which nobody can change
public enum Family {
    LLAMA("llama", List.of("LlamaForCausalLM"), Map.of("max_position_embeddings", 2048)),
    MISTRAL(
            "mistral",
            List.of("MistralForCausalLM"),
            Map.of("num_key_value_heads", 8, "max_position_embeddings", 131_072, "sliding_window", 4096)),
    QWEN2(
            "qwen2",
            List.of("Qwen2ForCausalLM"),
            Map.of(
                    "num_key_value_heads", 32,
                    "max_position_embeddings", 32_768,
                    "sliding_window", 4096,
                    "max_window_layers", 28)),
    QWEN3(
            "qwen3",
            List.of("Qwen3ForCausalLM"),
            Map.of(
                    "num_key_value_heads", 32,
                    "head_dim", 128,
                    "max_position_embeddings", 32_768,
                    "sliding_window", 4096,
                    "max_window_layers", 28)),
    GEMMA3(
            "gemma3_text",
            List.of("Gemma3ForCausalLM", "Gemma3ForConditionalGeneration"),
            Map.of(
                    "vocab_size", 262_208,
                    "hidden_size", 2304,
                    "intermediate_size", 9216,
                    "num_hidden_layers", 26,
                    "num_attention_heads", 8,
                    "num_key_value_heads", 4,
                    "head_dim", 256,
                    "max_position_embeddings", 131_072,
                    "sliding_window", 4096,
                    "sliding_window_pattern", 6));

    private final String modelType;
    private final List<String> architectures;
    private final Map<String, Integer> defaults;

    Family(String modelType, List<String> architectures, Map<String, Integer> defaults) {
        this.modelType = modelType;
        this.architectures = architectures;
        this.defaults = defaults;
    }

    /** By an entry of the list of architectures. */
    static Optional<Family> of(String architecture) {
        return Arrays.stream(values())
                .filter(f -> f.architectures.contains(architecture))
                .findFirst();
    }

    /** By {@code model_type}, for files that name no architecture. */
    static Optional<Family> ofType(String modelType) {
        return Arrays.stream(values())
                .filter(f -> f.modelType.equals(modelType))
                .findFirst();
    }

    static List<String> all() {
        return Arrays.stream(values()).flatMap(f -> f.architectures.stream()).toList();
    }

    /** What the configuration class assumes, if it assumes anything. */
    Optional<Integer> assumed(String key) {
        return Optional.ofNullable(defaults.get(key));
    }
}
