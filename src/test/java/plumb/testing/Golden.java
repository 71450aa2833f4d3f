package plumb.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import plumb.chat.BytePairTraining;
import plumb.model.Batch;
import plumb.model.CheckpointFolder;
import plumb.model.Decoder;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.StoredTensor;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Reference numbers of the decoder and the trainer: see the README.md in {@code golden/model} and {@code golden/families}. */
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

    /** The file of these numbers for a checkpoint: {@code forward}, {@code gradients} or {@code training}. */
    public static String of(String numbers, String model) {
        return isFamily(model)
                ? "../families/" + model.replaceFirst("-(older|multimodal)$", "") + "/" + numbers
                : numbers + "-" + model;
    }

    /** Where a checkpoint of this name, or an adapter for it, lies. */
    public static Path folder(String name) {
        return FOLDER.resolve(isFamily(name) ? "../families/" + name : name);
    }

    private static boolean isFamily(String model) {
        return !model.startsWith("tied") && !model.startsWith("untied");
    }

    /** One of the tiny checkpoints, in fp32. */
    public static Decoder decoder(String name) {
        return decoder(name, Dtype.F32);
    }

    /** One of the tiny checkpoints, read as any folder is: with a tokenizer and a template of no consequence beside it. */
    public static Decoder decoder(String name, Dtype dtype) {
        try {
            var copy = Files.createTempDirectory("golden");
            try {
                copy(name, copy);
                Files.writeString(
                        copy.resolve("tokenizer.json"), BytePairTraining.train(List.of("a"), 260, List.of("<e>")));
                Files.writeString(copy.resolve("chat_template.jinja"), "{{ messages[0].content }}<e>");
                return opened(copy, dtype);
            } finally {
                try (var files = Files.list(copy)) {
                    for (var file : files.toList()) {
                        Files.delete(file);
                    }
                }
                Files.delete(copy);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** "-older" is the same checkpoint with its configuration in the older spelling. */
    private static void copy(String name, Path to) throws IOException {
        boolean older = name.endsWith("-older");
        try (var files = Files.list(folder(older ? name.replace("-older", "") : name))) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, to.resolve(file.getFileName().toString()));
            }
        }
        if (older) {
            Files.move(to.resolve("config-older.json"), to.resolve("config.json"), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static Decoder opened(Path folder, Dtype dtype) {
        try (var checkpoint = CheckpointFolder.open(folder, "cpu", dtype);
                var _ = new Scope()) {
            var weights = new LinkedHashMap<String, Tensor>();
            checkpoint.decoder().weights().forEach((name, weight) -> weights.put(name, weight.copy()));
            return new Decoder(checkpoint.decoder().config(), weights);
        }
    }

    private static Tensor over(StoredTensor tensor) {
        return Tensor.over(tensor.data(), tensor.dtype(), tensor.sizes());
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
