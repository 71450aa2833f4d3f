package plumb.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.testing.ChatModel;
import plumb.testing.Golden;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code plumb score} against Transformers and PEFT: see {@code golden/adapters/README.md}. */
final class ScoreCommandTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/adapters");
    private static final Path ROWS = Path.of("bench/parity/rows.jsonl");

    @TempDir
    private Path folder;

    private Path model = Path.of("set by the fixture");

    private record Outcome(int code, String out, String err) {}

    @BeforeEach
    void aModel() throws IOException {
        model = ChatModel.write(folder.resolve("tied"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"base", "patterns"})
    void textTokensMaskAndLogProbabilitiesEqualTheReference(String kind) {
        var rows = rows(kind.equals("base") ? score() : score("--adapter", adapter(kind)));
        var reference = goldens().path(kind);
        assertThat(rows).hasSize(reference.size()).hasSize(6);
        for (int i = 0; i < rows.size(); i++) {
            var row = rows.get(i);
            var expected = reference.get(i);
            assertThat(row.propertyNames()).containsExactly("rendered", "ids", "mask", "logprobs");
            assertThat(row.path("rendered")).isEqualTo(expected.path("rendered"));
            assertThat(Golden.ids(row.path("ids"))).containsExactly(Golden.ids(expected.path("ids")));
            assertThat(Golden.ids(row.path("mask"))).containsExactly(Golden.ids(expected.path("mask")));
            assertThat(numbers(row)).containsExactly(numbers(expected), within(1e-4));
        }
    }

    @Test
    void anAdapterChangesTheLogProbabilitiesAlone() {
        var base = rows(score());
        var adapted = rows(score("--adapter", adapter("patterns")));
        assertThat(adapted.getFirst().path("ids")).isEqualTo(base.getFirst().path("ids"));
        assertThat(numbers(adapted.getFirst())).isNotEqualTo(numbers(base.getFirst()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"bf16", "f16"})
    void halfPrecisionIsNearAndDifferent(String dtype) {
        var wide = numbers(rows(score("--dtype", "f32")).getFirst());
        var narrow = numbers(rows(score("--dtype", dtype)).getFirst());
        assertThat(narrow).isNotEqualTo(wide).containsExactly(wide, within(0.5));
    }

    @Test
    void manyRowsInSeveralPassesEqualOneByOne() throws IOException {
        var line = Files.readAllLines(ROWS).get(3);
        var many = Files.writeString(folder.resolve("many.jsonl"), (line + "\n").repeat(60));
        var alone = numbers(rows(score()).get(3));
        var rows = rows(plumb("score", model.toString(), many.toString()));
        assertThat(rows).hasSize(60);
        assertThat(rows).allSatisfy(row -> assertThat(numbers(row)).containsExactly(alone, within(1e-4)));
    }

    @Test
    void linesThatCannotBeUsedAreNamedByNumber() throws IOException {
        var broken = Files.writeString(
                folder.resolve("broken.jsonl"),
                Files.readAllLines(ROWS).getFirst() + "\n{\"messages\": 3}\n\n{\"messages\": [\n");
        refused("line 2 is not a chat", "score", model.toString(), broken.toString());
        refused("line 4 is not JSON", "score", model.toString(), broken.toString());
        var special = Files.writeString(
                folder.resolve("special.jsonl"),
                "{\"messages\": [{\"role\": \"user\", \"content\": \"<|im_end|>\"},"
                        + " {\"role\": \"assistant\", \"content\": \"x\"}]}\n");
        refused(
                "special.jsonl line 1: a user message contains <|im_end|>",
                "score",
                model.toString(),
                special.toString());
    }

    @Test
    void whatIsNotThereIsNamed() {
        refused("there is no model folder nope", "score", "nope", ROWS.toString());
        refused("there is no file nope", "score", model.toString(), "nope");
        refused("there is no adapter folder nope", "score", model.toString(), ROWS.toString(), "--adapter", "nope");
        refused("Missing required parameter: 'FILE'", "score", model.toString());
        refused("expected one of [F32, BF16, F16]", "score", model.toString(), ROWS.toString(), "--dtype", "f64");
    }

    @Test
    void anotherModelsNameIsANoteAndNoMore() throws IOException {
        assertThat(score("--adapter", adapter("patterns")).err()).isEmpty();
        var other = Files.createDirectory(folder.resolve("other"));
        var config = Files.readString(GOLDEN.resolve("patterns/adapter_config.json"));
        Files.writeString(other.resolve("adapter_config.json"), config.replace("\"tied\"", "\"somebody/else\""));
        Files.copy(GOLDEN.resolve("patterns/adapter_model.safetensors"), other.resolve("adapter_model.safetensors"));
        var outcome = score("--adapter", other.toString());
        assertThat(outcome.err()).contains("says it was made for somebody/else, this is");
        assertThat(rows(outcome)).hasSize(6);
    }

    private static String adapter(String name) {
        return GOLDEN.resolve(name).toString();
    }

    private static JsonNode goldens() {
        return JsonMapper.shared().readTree(GOLDEN.resolve("scores.json").toFile());
    }

    private static double[] numbers(JsonNode row) {
        return row.path("logprobs")
                .valueStream()
                .mapToDouble(JsonNode::asDouble)
                .toArray();
    }

    private static List<JsonNode> rows(Outcome outcome) {
        assertThat(outcome.code()).as(outcome.err()).isZero();
        return outcome.out().lines().map(JsonMapper.shared()::readTree).toList();
    }

    private Outcome score(String... more) {
        var arguments = new java.util.ArrayList<>(List.of("score", model.toString(), ROWS.toString()));
        arguments.addAll(List.of(more));
        return plumb(arguments.toArray(String[]::new));
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
