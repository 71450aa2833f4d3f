package plumb.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.config.ModelConfig;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.StoredTensor;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reference numbers of the decoder and the trainer: see {@code golden/model/README.md}. */
public final class Golden {
    public static final Path FOLDER = Path.of("src/test/resources/golden/model");

    private Golden() {}

    public static JsonNode json(String name) {
        return JsonMapper.shared().readTree(FOLDER.resolve(name + ".json").toFile());
    }

    public static float[] floats(String file, String tensor) {
        try (var stored = SafetensorsFile.open(FOLDER.resolve(file + ".safetensors"));
                var _ = new Scope()) {
            return over(stored.tensor(tensor)).floats();
        }
    }

    /** One of the two tiny checkpoints, {@code tied} or {@code untied}. */
    public static Decoder decoder(String name) {
        try (var stored = SafetensorsFile.open(FOLDER.resolve(name).resolve("model.safetensors"));
                var _ = new Scope()) {
            var weights = new LinkedHashMap<String, Tensor>();
            stored.names()
                    .forEach(weight ->
                            weights.put(weight, over(stored.tensor(weight)).copy()));
            return new Decoder(config(json(name + "/config")), weights);
        }
    }

    private static Tensor over(StoredTensor tensor) {
        return Tensor.over(tensor.data(), tensor.dtype(), tensor.sizes());
    }

    private static ModelConfig config(JsonNode json) {
        return new ModelConfig(
                json.path("vocab_size").asInt(),
                json.path("hidden_size").asInt(),
                json.path("intermediate_size").asInt(),
                json.path("num_hidden_layers").asInt(),
                json.path("num_attention_heads").asInt(),
                json.path("num_key_value_heads").asInt(),
                json.path("head_dim").asInt(),
                json.path("rms_norm_eps").asDouble(),
                json.path("rope_theta")
                        .asDouble(
                                json.path("rope_parameters").path("rope_theta").asDouble(0)),
                json.path("max_position_embeddings").asInt(),
                json.path("tie_word_embeddings").asBoolean());
    }

    public static int[] ids(JsonNode numbers) {
        return numbers.valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    /** A row of the files: its tokens, and a mask of zeros and ones. */
    public static Batch.Row row(JsonNode row) {
        var flags = ids(row.path("mask"));
        var mask = new boolean[flags.length];
        for (int i = 0; i < flags.length; i++) {
            mask[i] = flags[i] == 1;
        }
        return new Batch.Row(ids(row.path("ids")), mask, false);
    }

    public static List<Batch.Row> rows(JsonNode rows) {
        var read = new ArrayList<Batch.Row>();
        rows.forEach(row -> read.add(row(row)));
        return read;
    }

    /** The largest difference of two tensors, as a share of the reference's root mean square. */
    public static double difference(float[] ours, float[] reference) {
        if (ours.length != reference.length) {
            throw new IllegalArgumentException(
                    "got " + ours.length + " numbers, the reference has " + reference.length);
        }
        double worst = 0;
        double squares = 0;
        for (int i = 0; i < ours.length; i++) {
            double difference = Math.abs((double) ours[i] - reference[i]);
            worst = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : Math.max(worst, difference);
            squares += (double) reference[i] * reference[i];
        }
        return worst / Math.sqrt(squares / reference.length);
    }
}
