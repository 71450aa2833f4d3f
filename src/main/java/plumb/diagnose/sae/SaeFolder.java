package plumb.diagnose.sae;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import plumb.chat.BadInput;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Autoencoders on disk, in the two layouts that most published ones have: {@code cfg.json} beside {@code
 * sae_weights.safetensors} (SAELens: W_enc, b_enc, W_dec, b_dec, threshold) or beside {@code sae.safetensors} (EleutherAI's
 * sparsify: encoder.weight, encoder.bias, W_dec, b_dec). Ours are written in the second. What changes the arithmetic and
 * is not understood here is refused.
 */
public final class SaeFolder {
    private static final String CONFIG = "cfg.json";
    private static final String SAE_LENS = "sae_weights.safetensors";
    private static final String SPARSIFY = "sae.safetensors";

    private SaeFolder() {}

    /** Reads either layout, in fp32; {@link BadInput} naming the file and what it lacks. */
    public static SparseAutoencoder read(Path folder, String device) {
        var config = config(folder.resolve(CONFIG));
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            return Files.exists(folder.resolve(SAE_LENS))
                    ? saeLens(folder.resolve(SAE_LENS), config, device)
                    : sparsify(folder.resolve(SPARSIFY), config, device);
        }
    }

    private static SparseAutoencoder saeLens(Path path, JsonNode config, String device) {
        refuse(path, config.path("normalize_activations").asString("none").equals("none"), "normalize_activations");
        refuse(path, !config.path("rescale_acts_by_decoder_norm").asBoolean(false), "rescale_acts_by_decoder_norm");
        refuse(path, config.path("reshape_activations").asString("none").equals("none"), "reshape_activations");
        try (var file = SafetensorsFile.open(path)) {
            var weights = new SparseAutoencoder.Weights(
                    tensor(file, "W_enc", device).transpose(0, 1).contiguous(),
                    tensor(file, "b_enc", device),
                    tensor(file, "W_dec", device),
                    tensor(file, "b_dec", device));
            return checked(
                    path,
                    weights,
                    gate(file, config, device),
                    config.path("apply_b_dec_to_input").asBoolean(true));
        }
    }

    private static Gate gate(SafetensorsFile file, JsonNode config, String device) {
        var architecture = config.path("architecture").asString("standard");
        return switch (architecture) {
            case "standard" ->
                config.path("activation_fn")
                                .asString(config.path("activation_fn_str").asString("relu"))
                                .equals("topk")
                        ? topK(file.path(), config)
                        : new Gate.Relu();
            case "topk" -> topK(file.path(), config);
            case "jumprelu" -> new Gate.JumpRelu(tensor(file, "threshold", device));
            default ->
                throw new BadInput(file.path() + ": the architecture " + architecture
                        + " is not known here; known are standard, topk and jumprelu");
        };
    }

    private static Gate topK(Path path, JsonNode config) {
        int k = config.path("k")
                .asInt(config.path("activation_fn_kwargs").path("k").asInt(0));
        refuse(path, k > 0, "k, which a topk autoencoder needs");
        return new Gate.TopK(k);
    }

    private static SparseAutoencoder sparsify(Path path, JsonNode config, String device) {
        refuse(path, config.path("activation").asString("topk").equals("topk"), "activation");
        refuse(path, !config.path("transcode").asBoolean(false), "transcode");
        refuse(path, !config.path("skip_connection").asBoolean(false), "skip_connection");
        try (var file = SafetensorsFile.open(path)) {
            var weights = new SparseAutoencoder.Weights(
                    tensor(file, "encoder.weight", device),
                    tensor(file, "encoder.bias", device),
                    tensor(file, "W_dec", device),
                    tensor(file, "b_dec", device));
            return checked(path, weights, topK(path, config), true);
        }
    }

    /** A copy of one's own, in fp32: files close. */
    private static Tensor tensor(SafetensorsFile file, String name, String device) {
        var stored = file.tensor(name);
        return Tensor.over(stored.data(), stored.dtype(), stored.sizes())
                .copy()
                .to(Dtype.F32)
                .to(device);
    }

    private static SparseAutoencoder checked(
            Path path, SparseAutoencoder.Weights weights, Gate gate, boolean centered) {
        long latents = weights.decoder().size(0);
        long width = weights.decoder().size(1);
        boolean fits = weights.encoder().size(0) == latents
                && weights.encoder().size(1) == width
                && weights.encoderBias().numel() == latents
                && weights.decoderBias().numel() == width;
        if (!fits) {
            throw new BadInput(path + ": encoder " + weights.encoder() + " and decoder " + weights.decoder()
                    + " are not of one dictionary");
        }
        return new SparseAutoencoder(weights, gate, centered);
    }

    private static void refuse(Path path, boolean right, String what) {
        if (!right) {
            throw new BadInput(path + ": cannot use this autoencoder because of " + what + " in its cfg.json");
        }
    }

    private static JsonNode config(Path file) {
        try {
            return JsonMapper.shared().readTree(Files.readAllBytes(file));
        } catch (IOException | JacksonException e) {
            throw new BadInput("cannot read " + file + ": " + e.getMessage(), e);
        }
    }

    /** Writes a centered TopK autoencoder in sparsify's layout. */
    public static void write(Path folder, SparseAutoencoder autoencoder) {
        if (!(autoencoder.gate() instanceof Gate.TopK(int k))) {
            throw new IllegalArgumentException("only TopK autoencoders are written");
        }
        var config =
                Map.of("activation", "topk", "k", k, "num_latents", autoencoder.latents(), "d_in", autoencoder.width());
        try {
            Files.createDirectories(folder);
            Files.write(folder.resolve(CONFIG), JsonMapper.shared().writeValueAsBytes(config));
        } catch (IOException e) {
            throw new BadInput("cannot write an autoencoder to " + folder + ": " + e.getMessage(), e);
        }
        var weights = autoencoder.weights();
        SafetensorsWriter.write(
                folder.resolve(SPARSIFY),
                List.of(
                        stored("encoder.weight", weights.encoder()),
                        stored("encoder.bias", weights.encoderBias()),
                        stored("W_dec", weights.decoder()),
                        stored("b_dec", weights.decoderBias())),
                Map.of());
    }

    private static StoredTensor stored(String name, Tensor tensor) {
        return StoredTensor.of(name, tensor.floats(), tensor.shape());
    }
}
