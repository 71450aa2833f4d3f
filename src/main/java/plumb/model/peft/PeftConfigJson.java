package plumb.model.peft;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import plumb.chat.BadInput;
import plumb.json.JsonFault;
import plumb.model.peft.TargetModules.AllLinear;
import plumb.model.peft.TargetModules.Listed;
import plumb.model.peft.TargetModules.Matching;
import plumb.model.peft.TargetModules.Selection;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reads an {@code adapter_config.json}. What would change the numbers and cannot be honoured is refused by name. */
final class PeftConfigJson {
    /** Settings that must be off, and what they would do. */
    private static final Map<String, String> REFUSED = Map.ofEntries(
            Map.entry("use_dora", "DoRA: a trained length of every weight column"),
            Map.entry("use_qalora", "QALoRA: pooled inputs"),
            Map.entry("use_bdlora", "BD-LoRA: block-diagonal matrices"),
            Map.entry("kasa_config", "KaSA: trained singular values"),
            Map.entry("arrow_config", "Arrow: a choice among several adapters"),
            Map.entry("velora_config", "VeLoRA"),
            Map.entry("monteclora_config", "MonteCLoRA: sampled matrices"),
            Map.entry("modules_to_save", "whole modules trained beside the matrices"),
            Map.entry("lora_bias", "trained biases"),
            Map.entry("target_parameters", "matrices on parameters that are no layer's weight"),
            Map.entry("trainable_token_indices", "trained rows of the embedding"),
            Map.entry("alora_invocation_tokens", "aLoRA: an adapter that acts behind some token"),
            Map.entry("fan_in_fan_out", "transposed weights"),
            Map.entry("layer_replication", "repeated layers"));

    /** Ways to begin that leave the base's weights alone. */
    private static final Set<String> PLAIN_STARTS = Set.of("gaussian", "eva", "orthogonal", "mica");

    private final Path file;
    private final JsonNode node;

    PeftConfigJson(Path file) {
        this.file = file;
        try {
            this.node = JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException e) {
            throw new BadInput("cannot read the adapter's settings: " + e, e);
        } catch (JacksonException e) {
            throw new BadInput(file + " is not JSON: " + JsonFault.of(e), e);
        }
    }

    PeftConfig read() {
        if (!node.path("peft_type").asString("").equals("LORA")
                || !node.path("r").isInt()
                || !node.path("lora_alpha").isNumber()) {
            throw new BadInput(file + " does not describe a LoRA adapter: it needs peft_type LORA, r and lora_alpha");
        }
        refuseTheUnknown();
        var base = node.path("base_model_name_or_path");
        return new PeftConfig(
                rank(node.path("r"), "r"),
                alpha(node.path("lora_alpha"), "lora_alpha"),
                node.path("use_rslora").asBoolean(false),
                patterns("rank_pattern", value -> rank(value, "rank_pattern")),
                patterns("alpha_pattern", value -> alpha(value, "alpha_pattern")),
                targets(),
                base.isString() ? Optional.of(base.asString()) : Optional.empty());
    }

    private void refuseTheUnknown() {
        REFUSED.keySet().stream()
                .sorted()
                .filter(setting -> isOn(node.path(setting)))
                .findFirst()
                .ifPresent(setting -> {
                    throw refused(setting + " (" + REFUSED.get(setting) + ")");
                });
        var bias = node.path("bias").asString("none");
        if (!bias.equals("none")) {
            throw refused("bias: " + bias + " (trained biases)");
        }
        var start = node.path("init_lora_weights");
        if (start.isString() && !PLAIN_STARTS.contains(start.asString())) {
            throw refused("init_lora_weights: " + start.asString()
                    + " (it changes the base's weights too; PEFT's save_pretrained makes plain LoRA of it when given"
                    + " path_initial_model_for_weight_conversion)");
        }
    }

    private BadInput refused(String what) {
        return new BadInput(file + " uses " + what + ", which is not supported: only plain LoRA is");
    }

    private static boolean isOn(JsonNode value) {
        if (value.isBoolean()) {
            return value.asBoolean();
        }
        return !value.isMissingNode() && !value.isNull() && !(value.isContainer() && value.isEmpty());
    }

    private int rank(JsonNode value, String key) {
        if (!value.isInt() || value.asInt() < 1) {
            throw new BadInput(file + ": " + key + " needs whole numbers of at least 1, found " + value);
        }
        return value.asInt();
    }

    private double alpha(JsonNode value, String key) {
        if (!value.isNumber() || !(value.asDouble() > 0)) {
            throw new BadInput(file + ": " + key + " needs positive numbers, found " + value);
        }
        return value.asDouble();
    }

    private <T> Map<ModulePattern, T> patterns(String key, Function<JsonNode, T> number) {
        var patterns = new LinkedHashMap<ModulePattern, T>();
        if (!node.path(key).isObject() && isOn(node.path(key))) {
            throw new BadInput(file + ": " + key + " must map names to numbers, found " + node.path(key));
        }
        node.path(key)
                .properties()
                .forEach(entry -> patterns.put(
                        ModulePattern.of(entry.getKey(), file + ": " + key), number.apply(entry.getValue())));
        return patterns;
    }

    private Optional<TargetModules> targets() {
        var layers = new TreeSet<Integer>();
        for (var layer : list("layers_to_transform")) {
            if (!layer.isInt()) {
                throw new BadInput(file + ": layers_to_transform needs whole numbers, found " + layer);
            }
            layers.add(layer.asInt());
        }
        var names = list("layers_pattern").stream()
                .map(name -> ModulePattern.of(name.asString(""), file + ": layers_pattern"))
                .toList();
        return selection("target_modules")
                .map(wanted -> new TargetModules(wanted, selection("exclude_modules"), layers, names));
    }

    private Optional<Selection> selection(String key) {
        var value = node.path(key);
        if (value.isString()) {
            boolean all = key.equals("target_modules") && value.asString().equalsIgnoreCase("all-linear");
            return Optional.of(
                    all ? new AllLinear() : new Matching(ModulePattern.of(value.asString(), file + ": " + key)));
        }
        if (value.isArray() && value.valueStream().allMatch(JsonNode::isString)) {
            return Optional.of(
                    new Listed(value.valueStream().map(JsonNode::asString).toList()));
        }
        if (isOn(value)) {
            throw new BadInput(file + ": " + key + " must be a list of names or a regular expression, found " + value);
        }
        return Optional.empty();
    }

    /** A list, or one value for a list of one; empty when it is not there. */
    private List<JsonNode> list(String key) {
        var value = node.path(key);
        var all = new ArrayList<JsonNode>();
        if (value.isArray()) {
            value.forEach(all::add);
        } else if (isOn(value)) {
            all.add(value);
        }
        return all;
    }
}
