package plumb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.model.AdapterFolder;
import plumb.model.CheckpointFolder;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.report.Formats;
import plumb.testing.ChatModel;
import plumb.torch.Dtype;

final class MergeCommandTest {
    private static final Path ADAPTERS = Path.of("src/test/resources/golden/adapters");
    private static final Path ADAPTER = ADAPTERS.resolve("patterns");

    @TempDir
    private Path folder;

    private Path base = Path.of("set by the fixture");
    private Path out = Path.of("set by the fixture");

    private record Outcome(int code, String out, String err) {}

    @BeforeEach
    void aBase() throws IOException {
        base = ChatModel.write(folder.resolve("tied"));
        out = folder.resolve("merged");
    }

    @ParameterizedTest
    @ValueSource(strings = {"patterns", "regex-rslora", "all-linear", "some-layers"})
    void theMergedFolderHoldsTheWeightsOfTheMergedDecoder(String name) {
        merged(ADAPTERS.resolve(name));
        try (var before = CheckpointFolder.open(base, "cpu", Dtype.F32);
                var adapter = AdapterFolder.read(ADAPTERS.resolve(name), before.decoder());
                var expected = before.decoder().merged(adapter);
                var after = CheckpointFolder.open(out, "cpu", Dtype.F32)) {
            expected.weights()
                    .forEach((weight, values) -> assertThat(
                                    after.decoder().weight(weight).floats())
                            .as(weight)
                            .containsExactly(values.floats()));
            assertThat(after.decoder().config()).isEqualTo(before.decoder().config());
        }
    }

    @Test
    void whatIsNoWeightIsCopiedToTheLetterAndAdaptersAreNot() throws IOException {
        Files.writeString(base.resolve("generation_config.json"), "{\"eos_token_id\": 2}");
        Files.writeString(base.resolve("adapter_config.json"), "{}");
        Files.writeString(base.resolve("pytorch_model.bin"), "x");
        Files.createDirectory(base.resolve("original"));
        var result = merged(ADAPTER);
        assertThat(names(out))
                .containsExactly(
                        "chat_template.jinja",
                        "config.json",
                        "generation_config.json",
                        "model.safetensors",
                        "tokenizer.json",
                        "tokenizer_config.json");
        for (var name : names(out)) {
            if (!name.equals("model.safetensors")) {
                assertThat(out.resolve(name)).hasSameBinaryContentAs(base.resolve(name));
            }
        }
        assertThat(names(folder)).as("nothing stays aside").containsExactly("merged", "tied");
        assertThat(result.out()).contains("Merged: " + out + " (1 weight file, 0.1 MB, f32)", "no logit of 16 tokens");
        assertThat(result.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"bf16, bfloat16, 0.3", "f16, float16, 0.05", "f32, float32, 1e-4"})
    void theTypeOfTheWeightsCanBeChosen(String dtype, String name, double most) throws IOException {
        var json = Formats.JSON.readTree(
                merged(ADAPTER, "--dtype", dtype, "--json").out());
        assertThat(json.path("dtype").asString()).isEqualTo(dtype);
        assertThat(json.path("compared_in").asString()).isEqualTo("f32");
        assertThat(json.path("largest_difference").asDouble()).isLessThan(most);
        assertThat(json.path("adapter_effect").asDouble()).isGreaterThan(1);
        assertThat(Files.readString(out.resolve("config.json")))
                .isEqualTo(Files.readString(base.resolve("config.json"))
                        .replace("\"dtype\": \"float32\"", "\"dtype\": \"" + name + "\""));
        try (var read = CheckpointFolder.open(out, "cpu")) {
            assertThat(read.decoder().head().dtype().name()).isEqualToIgnoringCase(dtype);
        }
    }

    @Test
    void aBaseInBf16StaysInBf16() {
        merged(ADAPTER, "--dtype", "bf16");
        base = out;
        out = folder.resolve("again");
        assertThat(merged(ADAPTER).out()).contains(", bf16)");
    }

    @Test
    void theEmbeddedModelCanBeMergedToo() throws IOException {
        var adapter = folder.resolve("adapter");
        try (var organism = CheckpointFolder.open(plumb.organism.Organism.aligned(), "cpu");
                var fresh = plumb.testing.TinyTask.adapter(organism.decoder(), 1)) {
            AdapterFolder.write(adapter, fresh, "organism");
        }
        var done = plumb("merge", "organism", "--adapter", adapter.toString(), "--out", out.toString(), "--json");
        assertThat(done.err()).isEmpty();
        var json = Formats.JSON.readTree(done.out());
        assertThat(json.path("adapter_effect").asDouble()).as("B is zero").isLessThan(1e-3);
        assertThat(json.path("tokens").asInt()).isEqualTo(16);
        assertThat(out.resolve("recipe.json")).exists();
    }

    @Test
    void aFolderThatIsThereIsNeverTouched() throws IOException {
        Files.createDirectory(out);
        refused(out + " is there already: remove it or choose another --out", arguments(ADAPTER));
        assertThat(names(out)).isEmpty();
    }

    @Test
    void whatIsMissingOrDoesNotFitIsNamedAndLeavesNothingBehind() throws IOException {
        refused("there is no adapter folder nope", arguments(Path.of("nope")));
        refused("Missing required option: '--adapter=DIR'", "merge", base.toString(), "--out", out.toString());
        refused(
                "there is no model folder nope",
                "merge",
                "nope",
                "--adapter",
                ADAPTER.toString(),
                "--out",
                out.toString());
        var untied = Path.of("src/test/resources/golden/model/untied-lora");
        refused("this model needs", arguments(untied));
        Files.delete(base.resolve("tokenizer.json"));
        refused("there is no tokenizer", arguments(ADAPTER));
        assertThat(names(folder)).containsExactly("tied");
    }

    @Test
    void whatAKilledMergeLeftIsReplaced() throws IOException {
        var left = Files.createDirectory(folder.resolve(".merged.partial"));
        Files.writeString(left.resolve("model-00001-of-00002.safetensors"), "half");
        merged(ADAPTER);
        assertThat(names(out)).contains("model.safetensors").doesNotContain("model-00001-of-00002.safetensors");
        assertThat(left).doesNotExist();
    }

    /** Large weights are not searched when a folder opens. */
    @Test
    void aBaseThatComputesNaNIsCalledSo() throws IOException {
        var config = base.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"vocab_size\": 300", "\"vocab_size\": 2100"));
        var file = base.resolve("model.safetensors");
        try (var weights = SafetensorsFile.open(file)) {
            var tensors = new ArrayList<>(
                    weights.names().stream().map(weights::tensor).toList());
            var values = new float[2100 * 32];
            values[2000 * 32] = Float.NaN;
            tensors.replaceAll(t -> t.name().contains("embed") ? StoredTensor.of(t.name(), values, 2100, 32) : t);
            SafetensorsWriter.write(file, tensors, Map.of());
        }
        refused(
                "the model computes numbers that are not finite: its weight model.embed_tokens.weight holds NaN",
                arguments(ADAPTER));
        assertThat(names(folder)).containsExactly("tied");
    }

    @Test
    void whereNothingCanBeWrittenIsSaid() throws IOException {
        Files.writeString(folder.resolve("file"), "");
        out = folder.resolve("file").resolve("merged");
        refused("cannot make a folder in " + out.getParent() + ": it is not there", arguments(ADAPTER));
    }

    private Outcome merged(Path adapter, String... more) {
        var arguments = new ArrayList<>(List.of(arguments(adapter)));
        arguments.addAll(List.of(more));
        var outcome = plumb(arguments.toArray(String[]::new));
        assertThat(outcome.code()).as(outcome.err()).isZero();
        return outcome;
    }

    private String[] arguments(Path adapter) {
        return new String[] {"merge", base.toString(), "--adapter", adapter.toString(), "--out", out.toString()};
    }

    private static List<String> names(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> String.valueOf(entry.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    private static void refused(String message, String... arguments) {
        var outcome = plumb(arguments);
        assertThat(outcome.err()).contains(message).doesNotContain("\tat ");
        assertThat(outcome.code()).isEqualTo(2);
    }

    private static Outcome plumb(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.execute(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Outcome(code, out.toString(), err.toString());
    }
}
