package plumb.model;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import plumb.chat.BadInput;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An adapter on disk in the layout of PEFT: {@code adapter_config.json} and {@code adapter_model.safetensors}. Adapters
 * made by PEFT can be read as long as they are plain LoRA on the projections of a {@link Decoder}.
 */
public final class AdapterFolder {
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";

    /** Settings that change what an adapter computes, and that we do not have: they must be off. */
    private static final List<String> UNKNOWN = List.of(
            "use_dora",
            "use_qalora",
            "use_bdlora",
            "alpha_pattern",
            "rank_pattern",
            "modules_to_save",
            "lora_bias",
            "target_parameters",
            "trainable_token_indices",
            "alora_invocation_tokens",
            "fan_in_fan_out",
            "layer_replication");

    private AdapterFolder() {}

    /**
     * Writes both files, each whole or not at all.
     *
     * @param base the name or path of the model the adapter belongs to
     */
    public static void write(Path folder, Adapter adapter, String base) {
        try {
            Files.createDirectories(folder);
            var json = JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(config(adapter, base));
            var partial = folder.resolve("." + CONFIG + ".partial");
            try (var channel = FileChannel.open(
                    partial,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.TRUNCATE_EXISTING)) {
                for (var bytes = ByteBuffer.wrap(json); bytes.hasRemaining(); ) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(partial, folder.resolve(CONFIG), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new BadInput("cannot write the adapter to " + folder + ": " + e, e);
        }
        try (var _ = new Scope()) {
            SafetensorsWriter.write(folder.resolve(WEIGHTS), stored(adapter), Map.of("format", "pt"));
        }
    }

    private static Map<String, Object> config(Adapter adapter, String base) {
        var settings = adapter.settings();
        var config = new LinkedHashMap<String, Object>();
        config.put("peft_type", "LORA");
        config.put("task_type", "CAUSAL_LM");
        config.put("base_model_name_or_path", base);
        config.put("r", settings.rank());
        config.put("lora_alpha", settings.alpha());
        config.put("use_rslora", settings.rslora());
        config.put("target_modules", settings.targets());
        config.put("lora_dropout", 0.0);
        config.put("bias", "none");
        config.put("fan_in_fan_out", false);
        config.put("inference_mode", true);
        return config;
    }

    private static List<StoredTensor> stored(Adapter adapter) {
        var stored = new ArrayList<StoredTensor>();
        for (var module : adapter.modules()) {
            var lora = java.util.Objects.requireNonNull(adapter.lora(module));
            stored.add(stored(PREFIX + module + ".lora_A.weight", lora.a()));
            stored.add(stored(PREFIX + module + ".lora_B.weight", lora.b()));
        }
        return stored;
    }

    /** A tensor as it will lie in a file; its bytes live as long as the surrounding scope and the tensor. */
    public static StoredTensor stored(String name, Tensor tensor) {
        var plain = tensor.detach().to("cpu").contiguous();
        return new StoredTensor(
                name, plain.dtype(), Arrays.stream(plain.shape()).boxed().toList(), plain.memory());
    }

    /** Reads an adapter for this decoder; {@link BadInput} if it is broken or made for another model. */
    public static Adapter read(Path folder, Decoder decoder) {
        var config = readConfig(folder.resolve(CONFIG));
        try (var file = SafetensorsFile.open(folder.resolve(WEIGHTS));
                var _ = new Scope()) {
            var names = new TreeSet<>(file.names());
            var targets = new TreeSet<String>();
            var modules = new LinkedHashMap<String, Adapter.Lora>();
            int rank = config.path("r").asInt();
            for (var module : decoder.projections(LoraSettings.ALL_PROJECTIONS)) {
                var a = PREFIX + module + ".lora_A.weight";
                var b = PREFIX + module + ".lora_B.weight";
                if (names.removeAll(List.of(a, b))) {
                    var shape = decoder.weight(module + ".weight").shape();
                    modules.put(
                            module,
                            new Adapter.Lora(
                                    tensor(file, a, decoder, rank, shape[1]),
                                    tensor(file, b, decoder, shape[0], rank)));
                    targets.add(module.substring(module.lastIndexOf('.') + 1));
                }
            }
            if (!names.isEmpty() || modules.isEmpty()) {
                throw new BadInput(file.path()
                        + (names.isEmpty()
                                ? " holds no LoRA matrices"
                                : " holds " + names.first() + ", which this model has no place for")
                        + ": was it made for another model?");
            }
            return new Adapter(settings(config, targets), modules);
        }
    }

    private static LoraSettings settings(JsonNode config, Set<String> targets) {
        return new LoraSettings(
                config.path("r").asInt(),
                config.path("lora_alpha").asDouble(),
                config.path("use_rslora").asBoolean(false),
                LoraSettings.ALL_PROJECTIONS.stream().filter(targets::contains).toList());
    }

    private static JsonNode readConfig(Path path) {
        try {
            var config = JsonMapper.shared().readTree(Files.readAllBytes(path));
            if (!config.path("peft_type").asString("").equals("LORA")
                    || !config.path("r").isInt()
                    || config.path("r").asInt() < 1
                    || !config.path("lora_alpha").isNumber()) {
                throw new BadInput(
                        path + " does not describe a LoRA adapter: it needs peft_type LORA, r and lora_alpha");
            }
            for (var setting : UNKNOWN) {
                var value = config.path(setting);
                if (value.isBoolean() ? value.asBoolean() : !value.isNull() && !value.isEmpty()) {
                    throw new BadInput(path + " uses " + setting + ", which is not supported: only plain LoRA is");
                }
            }
            return config;
        } catch (IOException e) {
            throw new BadInput("cannot read the adapter's settings: " + e, e);
        } catch (JacksonException e) {
            throw new BadInput(path + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static Tensor tensor(SafetensorsFile file, String name, Decoder decoder, long rows, long columns) {
        var stored = file.tensor(name);
        if (!stored.shape().equals(List.of(rows, columns))) {
            throw new BadInput(file.path() + ": " + name + " has the shape " + stored.shape() + ", this model needs ["
                    + rows + ", " + columns + "]");
        }
        return Tensor.over(stored.data(), stored.dtype(), stored.sizes())
                .copy()
                .to(Dtype.F32)
                .to(decoder.device());
    }
}
