package plumb.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.AdapterFolder;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.LoraSettings;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.testing.Golden;
import plumb.torch.Tensor;
import tools.jackson.databind.JsonNode;

/** Twenty steps of the trainer against PyTorch's AdamW on a PEFT model, whose losses TRL's SFTTrainer confirmed. */
final class TrainerParityTest {
    @TempDir
    private Path scratch;

    @ParameterizedTest
    @ValueSource(strings = {"training-tied-linear-1", "training-untied-cosine-2"})
    void lossesNormsAndTheFinalAdapterEqualTheReference(String golden) {
        var json = Golden.json(golden);
        try (var decoder = Golden.decoder(json.path("model").asString());
                var adapter = start(golden, json, decoder)) {
            var rows = Golden.rows(json.path("rows"));
            var heard = new ArrayList<RunListener.StepNumbers>();
            var listener = new RunListener() {
                @Override
                public void stepped(StepNumbers numbers) {
                    heard.add(numbers);
                }
            };
            new Trainer(decoder, example -> rendered(rows, example), settings(json), listener)
                    .fit(adapter, inOrder(json), new TrainingHooks() {});
            assertThat(heard).hasSize(20);
            heard.forEach(step -> check(step, json.path("log").path((int) step.index())));
            checkEnd(adapter, golden);
        }
    }

    private static void check(RunListener.StepNumbers step, JsonNode reference) {
        close(step.losses().getOrDefault("task", Double.NaN), reference.path("loss"), 1e-3);
        close(step.gradientNorm(), reference.path("gradient_norm"), 1e-3);
        close(step.learningRate(), reference.path("learning_rate"), 1e-9);
    }

    private static void close(double ours, JsonNode reference, double relative) {
        assertThat(ours).isCloseTo(reference.asDouble(), within(1e-12 + relative * reference.asDouble()));
    }

    private static void checkEnd(Adapter adapter, String golden) {
        for (var module : adapter.modules()) {
            var lora = Objects.requireNonNull(adapter.lora(module));
            var name = "end.base_model.model." + module;
            assertEnd(lora.a(), golden, name + ".lora_A.weight");
            assertEnd(lora.b(), golden, name + ".lora_B.weight");
        }
    }

    /** Looser than the losses: Adam divides a gradient by its own size, so rounding in the smallest ones is not damped. */
    private static void assertEnd(Tensor parameter, String golden, String name) {
        assertThat(Golden.difference(parameter.floats(), Golden.floats(golden, name)))
                .as(name)
                .isLessThan(5e-3);
    }

    private static TrainingSettings settings(JsonNode json) {
        int accumulation = json.path("accumulation").asInt();
        return new TrainingSettings(
                json.path("learning_rate").asDouble(),
                json.path("order").size() * json.path("batch_size").asInt(),
                json.path("batch_size").asInt(),
                accumulation,
                Schedule.valueOf(json.path("schedule").asString().toUpperCase(Locale.ROOT)),
                json.path("warmup_steps").asInt(),
                json.path("weight_decay").asDouble(),
                json.path("beta1").asDouble(),
                json.path("beta2").asDouble(),
                json.path("clip").asDouble(),
                64,
                0,
                1);
    }

    /** Row i of the file is the example of line i + 1; its tokens are looked up, not rendered. */
    private static TrainingData inOrder(JsonNode json) {
        var examples = new ArrayList<Example>();
        for (var batch : json.path("order")) {
            for (int row : Golden.ids(batch)) {
                examples.add(new Example(Conversation.user(""), Example.Kind.TASK, "golden", row + 1));
            }
        }
        return new TrainingData(examples);
    }

    private static Rendered rendered(List<Batch.Row> rows, Example example) {
        var row = rows.get(example.line() - 1);
        return new Rendered("", row.ids(), row.mask());
    }

    /** The adapter the reference started from, by way of a PEFT folder. */
    private Adapter start(String golden, JsonNode json, Decoder decoder) {
        var settings = new LoraSettings(
                json.path("rank").asInt(),
                json.path("alpha").asDouble(),
                json.path("rslora").asBoolean(),
                LoraSettings.ALL_PROJECTIONS);
        try (var fresh = Adapter.fresh(decoder, settings, 1);
                var stored = SafetensorsFile.open(Golden.FOLDER.resolve(golden + ".safetensors"))) {
            AdapterFolder.write(scratch, fresh, "golden");
            var weights = stored.names().stream()
                    .filter(name -> name.startsWith("start."))
                    .map(stored::tensor)
                    .map(t -> new StoredTensor(t.name().substring("start.".length()), t.dtype(), t.shape(), t.data()))
                    .toList();
            SafetensorsWriter.write(scratch.resolve("adapter_model.safetensors"), weights, Map.of());
        }
        return AdapterFolder.read(scratch, decoder);
    }
}
