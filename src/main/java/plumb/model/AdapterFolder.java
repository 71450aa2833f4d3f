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
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import plumb.chat.BadInput;
import plumb.model.peft.MatrixName;
import plumb.model.peft.MatrixName.Matrix;
import plumb.model.peft.PeftConfig;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import tools.jackson.databind.json.JsonMapper;

/**
 * An adapter on disk in the layout of PEFT: {@code adapter_config.json} and {@code adapter_model.safetensors}. Adapters
 * made by PEFT can be read as long as they are plain LoRA on the projections of a {@link Decoder}, with ranks and scales of
 * their own for some modules or not.
 */
public final class AdapterFolder {
    private static final String CONFIG = "adapter_config.json";
    private static final String WEIGHTS = "adapter_model.safetensors";
    private static final String OLD_WEIGHTS = "adapter_model.bin";

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
        config.put("target_modules", targets(adapter));
        departing(adapter, LoraScale::rank).ifPresent(ranks -> config.put("rank_pattern", ranks));
        departing(adapter, LoraScale::alpha).ifPresent(alphas -> config.put("alpha_pattern", alphas));
        config.put("lora_dropout", 0.0);
        config.put("bias", "none");
        config.put("fan_in_fan_out", false);
        config.put("inference_mode", true);
        return config;
    }

    /** A kind such as {@code q_proj} would name the modules that see images as well: there a pattern names those of the text. */
    private static Object targets(Adapter adapter) {
        boolean whole = adapter.targets().stream().anyMatch(target -> target.contains("."));
        if (whole) {
            return adapter.targets().stream().map(adapter::spelled).toList();
        }
        return adapter.isAmongOtherSenses()
                ? Adapter.TEXT_ONLY.formatted(String.join("|", adapter.targets()))
                : adapter.targets();
    }

    /** The modules that depart from the settings in this number, with it. */
    private static <T> Optional<Map<String, T>> departing(Adapter adapter, Function<LoraScale, T> number) {
        var usual = number.apply(adapter.settings().scale());
        var departing = new LinkedHashMap<String, T>();
        for (var module : adapter.modules()) {
            var own = number.apply(Objects.requireNonNull(adapter.lora(module)).scale());
            if (!own.equals(usual)) {
                departing.put(adapter.spelled(module), own);
            }
        }
        return departing.isEmpty() ? Optional.empty() : Optional.of(departing);
    }

    private static List<StoredTensor> stored(Adapter adapter) {
        var stored = new ArrayList<StoredTensor>();
        for (var module : adapter.modules()) {
            var lora = Objects.requireNonNull(adapter.lora(module));
            stored.add(stored(MatrixName.of(adapter.spelled(module), Matrix.A), lora.a()));
            stored.add(stored(MatrixName.of(adapter.spelled(module), Matrix.B), lora.b()));
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
        if (!Files.isDirectory(folder)) {
            throw new BadInput("there is no adapter folder " + folder);
        }
        var config = PeftConfig.read(folder.resolve(CONFIG));
        if (!Files.exists(folder.resolve(WEIGHTS)) && Files.exists(folder.resolve(OLD_WEIGHTS))) {
            throw new BadInput(folder + " holds " + OLD_WEIGHTS + ", a form that can run code when it is read; open it"
                    + " with PEFT and save it anew to get " + WEIGHTS);
        }
        try (var file = SafetensorsFile.open(folder.resolve(WEIGHTS));
                var _ = new Scope()) {
            return new AdapterReading(config, file, decoder).adapter();
        }
    }

    /** The name or path of the model that the adapter in this folder says it was made for. */
    public static Optional<String> base(Path folder) {
        return PeftConfig.read(folder.resolve(CONFIG)).base();
    }
}
