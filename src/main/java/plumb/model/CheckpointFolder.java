package plumb.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import plumb.chat.BadInput;
import plumb.chat.ChatFormat;
import plumb.model.config.ConfigJson;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.model.safetensors.WeightFiles;
import plumb.torch.Dtype;
import plumb.torch.Scope;

/**
 * A model in a Hugging Face folder: {@code config.json}, safetensors weights mapped from disk (not copied, where the
 * type already fits), {@code tokenizer.json} and a chat template. Everything is checked against the configuration
 * before the first use.
 */
public final class CheckpointFolder implements AutoCloseable {
    private final Path path;
    private final Decoder decoder;
    private final ChatFormat format;
    private final WeightFiles files;

    private CheckpointFolder(Path path, Decoder decoder, ChatFormat format, WeightFiles files) {
        this.path = path;
        this.decoder = decoder;
        this.format = format;
        this.files = files;
    }

    /** As {@link #open(Path, String, Dtype)}, computing in the type the folder stores its embedding in. */
    public static CheckpointFolder open(Path path, String device) {
        return open(path, device, Optional.empty());
    }

    /**
     * Opens a folder.
     *
     * @param device see {@link plumb.torch.Torch#requireDevice}
     * @param dtype what the weights are computed in
     * @throws BadInput naming the file and the tensor, when something is missing, broken or does not fit
     */
    public static CheckpointFolder open(Path path, String device, Dtype dtype) {
        return open(path, device, Optional.of(dtype));
    }

    private static CheckpointFolder open(Path path, String device, Optional<Dtype> dtype) {
        if (Files.isRegularFile(path)) {
            throw new BadInput(path + " is a file; a model is the folder with its config.json, tokenizer.json and"
                    + " safetensors"
                    + (path.toString().endsWith(".gguf")
                            ? ". A GGUF file is quantised for inference and cannot be trained: use the original model's folder"
                            : ""));
        }
        if (!Files.isDirectory(path)) {
            throw new BadInput("there is no model folder " + path);
        }
        var others = WeightFiles.others(path);
        if (!Files.exists(path.resolve("config.json")) && !others.isEmpty()) {
            throw new BadInput("there is no config.json in " + path + others);
        }
        var config = ConfigJson.read(path.resolve("config.json"));
        var format = ChatFormat.read(path);
        if (format.tokenizer().size() > config.vocabularySize()) {
            throw new BadInput(
                    "the tokenizer in " + path + " has " + format.tokenizer().size()
                            + " tokens but the model embeds only " + config.vocabularySize()
                            + ": tokenizer.json and config.json are from different models");
        }
        var files = WeightFiles.open(path);
        try (var _ = new Scope()) {
            return new CheckpointFolder(
                    path,
                    new Decoder(config, new WeightLoading(path, config, files).load(device, dtype)),
                    format,
                    files);
        } catch (BadInput e) {
            files.close();
            throw e;
        }
    }

    /** Writes {@code config.json} and {@code model.safetensors} (fp32); tokenizer and template are the caller's. */
    public static void write(Path folder, Decoder decoder, List<Integer> eosIds) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("config.json"), ConfigJson.write(decoder.config(), eosIds));
        } catch (IOException e) {
            throw new BadInput("cannot write the model to " + folder + ": " + e.getMessage(), e);
        }
        var tensors = new ArrayList<StoredTensor>();
        decoder.weights()
                .forEach((name, weight) -> tensors.add(StoredTensor.of(name, weight.floats(), weight.shape())));
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, Map.of("format", "pt"));
    }

    public Path path() {
        return path;
    }

    /** SHA-256 of its configuration, tokenizer and template, and of the size and both ends of each weight file. */
    public String hash() {
        return FolderHash.of(path);
    }

    public Decoder decoder() {
        return decoder;
    }

    public ChatFormat format() {
        return format;
    }

    @Override
    public void close() {
        decoder.close();
        format.close();
        files.close();
    }
}
