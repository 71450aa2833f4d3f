package plumb.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.AdapterFolder;
import plumb.model.Decoder;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.testing.Golden;
import plumb.testing.TinyTask;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Step by step as PEFT and PyTorch's AdamW do it; the README.md beside the numbers says how the numbers were made. */
final class GoldenTrainingTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tied-linear-1",
                "untied-cosine-2",
                "llama3",
                "qwen2",
                "qwen3",
                "mistral",
                "mistral-sliding",
                "gemma3"
            })
    void everyStepAgrees(String name) throws IOException {
        var golden = Golden.json(Golden.of("training", name));
        var steps = new ArrayList<RunListener.StepNumbers>();
        var listener = new RunListener() {
            @Override
            public void stepped(StepNumbers numbers) {
                steps.add(numbers);
            }
        };
        try (var decoder = Golden.decoder(golden.path("model").asString());
                var adapter = adapter(name, "start.", golden, decoder);
                var expected = adapter(name, "end.", golden, decoder)) {
            var settings = settings(golden);
            new Trainer(decoder, example -> rendered(golden, example), settings, listener)
                    .fit(adapter, data(golden), new TrainingHooks() {});
            assertThat(steps).hasSize(golden.path("log").size());
            for (int i = 0; i < steps.size(); i++) {
                var log = golden.path("log").get(i);
                assertThat(steps.get(i).learningRate())
                        .isEqualTo(log.path("learning_rate").asDouble(), within(1e-9));
                assertThat(steps.get(i).losses().get("task"))
                        .isEqualTo(log.path("loss").asDouble(), within(1e-4));
                assertThat(steps.get(i).gradientNorm())
                        .isEqualTo(log.path("gradient_norm").asDouble(), within(1e-3));
            }
            // Adam turns rounding of tiny gradients into steps, so single weights may be off by more than the whole
            assertThat(norm(TinyTask.numbers(adapter), TinyTask.numbers(expected)))
                    .isLessThan(1e-4 * norm(TinyTask.numbers(expected), List.of()));
        }
    }

    /** Of a − b, or of a alone when b is empty. */
    private static double norm(List<float[]> a, List<float[]> b) {
        double sum = 0;
        for (int i = 0; i < a.size(); i++) {
            for (int j = 0; j < a.get(i).length; j++) {
                double minus = b.isEmpty() ? 0 : b.get(i)[j];
                sum += (a.get(i)[j] - minus) * (a.get(i)[j] - minus);
            }
        }
        return Math.sqrt(sum);
    }

    private static TrainingSettings settings(JsonNode golden) {
        return new TrainingSettings(
                golden.path("learning_rate").asDouble(),
                1,
                golden.path("batch_size").asInt(),
                golden.path("accumulation").asInt(),
                Schedule.valueOf(golden.path("schedule").asString().toUpperCase(Locale.ROOT)),
                golden.path("warmup_steps").asInt(),
                golden.path("weight_decay").asDouble(),
                golden.path("beta1").asDouble(),
                golden.path("beta2").asDouble(),
                golden.path("clip").asDouble(),
                1000,
                0,
                0);
    }

    /** Rows in the order of the golden run, each known by its line. */
    private static TrainingData data(JsonNode golden) {
        var examples = new ArrayList<Example>();
        for (var pass : golden.path("order")) {
            for (var row : pass) {
                var turns = Conversation.user("row").with(Role.ASSISTANT, String.valueOf(row.asInt()));
                examples.add(new Example(turns, Example.Kind.TASK, "golden", row.asInt()));
            }
        }
        return new TrainingData(examples);
    }

    private static Rendered rendered(JsonNode golden, Example example) {
        var row = golden.path("rows").get(example.line());
        var mask = new boolean[row.path("mask").size()];
        IntStream.range(0, mask.length)
                .forEach(i -> mask[i] = row.path("mask").get(i).asInt() == 1);
        return new Rendered("", ints(row.path("ids")), mask);
    }

    private static int[] ints(JsonNode array) {
        return IntStream.range(0, array.size()).map(i -> array.get(i).asInt()).toArray();
    }

    private Adapter adapter(String name, String prefix, JsonNode golden, Decoder decoder) throws IOException {
        var target = Files.createDirectories(folder.resolve(prefix));
        var config = Map.of(
                "peft_type", "LORA",
                "r", golden.path("rank").asInt(),
                "lora_alpha", golden.path("alpha").asInt(),
                "use_rslora", golden.path("rslora").asBoolean());
        Files.writeString(
                target.resolve("adapter_config.json"), JsonMapper.shared().writeValueAsString(config));
        try (var file = SafetensorsFile.open(Golden.FOLDER.resolve(Golden.of("training", name) + ".safetensors"))) {
            List<StoredTensor> stored = file.names().stream()
                    .filter(key -> key.startsWith(prefix))
                    .map(file::tensor)
                    .map(t -> new StoredTensor(t.name().substring(prefix.length()), t.dtype(), t.shape(), t.data()))
                    .toList();
            SafetensorsWriter.write(target.resolve("adapter_model.safetensors"), stored, Map.of());
        }
        return AdapterFolder.read(target, decoder);
    }
}
