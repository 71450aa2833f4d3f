package plumb.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import plumb.chat.BadInput;
import plumb.chat.ChatFormat;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.model.safetensors.WeightFiles;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

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

    /**
     * Opens a folder.
     *
     * @param device see {@link plumb.torch.Torch#requireDevice}
     * @param dtype what the weights are computed in
     * @throws BadInput naming the file and the tensor, when something is missing, broken or does not fit
     */
    public static CheckpointFolder open(Path path, String device, Dtype dtype) {
        if (!Files.isDirectory(path)) {
            throw new BadInput("there is no model folder " + path);
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
                    path, new Decoder(config, load(path, config, files, device, dtype)), format, files);
        } catch (BadInput e) {
            files.close();
            throw e;
        }
    }

    private static Map<String, Tensor> load(
            Path path, ModelConfig config, WeightFiles files, String device, Dtype dtype) {
        var shapes = shapes(config);
        var problems = new ArrayList<String>();
        var missing = new TreeSet<>(shapes.keySet());
        missing.removeAll(files.names());
        missing.forEach(name -> problems.add(name + " is missing"));
        files.names().stream()
                .filter(name -> !shapes.containsKey(name) && !isIgnored(name, config))
                .forEach(name -> problems.add(name + " has no place in this architecture"));
        var weights = new LinkedHashMap<String, Tensor>();
        shapes.forEach((name, shape) -> {
            if (!missing.contains(name)) {
                var stored = files.tensor(name);
                if (!stored.shape().equals(shape)) {
                    problems.add(name + " has shape " + stored.shape() + ", the configuration needs " + shape);
                } else {
                    weights.put(name, tensor(stored).to(dtype).to(device));
                }
            }
        });
        if (!problems.isEmpty()) {
            var shown = problems.size() > 5 ? problems.subList(0, 5) : problems;
            throw new BadInput("the weights in " + path + " do not fit its config.json: " + String.join("; ", shown)
                    + (problems.size() > 5 ? "; and " + (problems.size() - 5) + " more" : ""));
        }
        return weights;
    }

    /** What files carry although it follows from the rest: a tied head, the rotary frequencies. */
    private static boolean isIgnored(String name, ModelConfig config) {
        return name.endsWith(".rotary_emb.inv_freq") || (config.tied() && name.equals("lm_head.weight"));
    }

    private static Tensor tensor(StoredTensor stored) {
        return Tensor.over(stored.data(), stored.dtype(), stored.sizes());
    }

    /** Every weight a model of this configuration has, with its shape, in model order. */
    static Map<String, List<Long>> shapes(ModelConfig c) {
        long hidden = c.hiddenSize();
        long mlp = c.intermediateSize();
        long query = (long) c.heads() * c.headDim();
        long key = (long) c.kvHeads() * c.headDim();
        var shapes = new LinkedHashMap<String, List<Long>>();
        shapes.put("model.embed_tokens.weight", List.of((long) c.vocabularySize(), hidden));
        for (int layer = 0; layer < c.layers(); layer++) {
            var block = "model.layers." + layer + ".";
            shapes.put(block + "input_layernorm.weight", List.of(hidden));
            shapes.put(block + "self_attn.q_proj.weight", List.of(query, hidden));
            shapes.put(block + "self_attn.k_proj.weight", List.of(key, hidden));
            shapes.put(block + "self_attn.v_proj.weight", List.of(key, hidden));
            shapes.put(block + "self_attn.o_proj.weight", List.of(hidden, query));
            shapes.put(block + "post_attention_layernorm.weight", List.of(hidden));
            shapes.put(block + "mlp.gate_proj.weight", List.of(mlp, hidden));
            shapes.put(block + "mlp.up_proj.weight", List.of(mlp, hidden));
            shapes.put(block + "mlp.down_proj.weight", List.of(hidden, mlp));
        }
        shapes.put("model.norm.weight", List.of(hidden));
        if (!c.tied()) {
            shapes.put("lm_head.weight", List.of((long) c.vocabularySize(), hidden));
        }
        return shapes;
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
