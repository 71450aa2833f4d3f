package plumb.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.Formats;
import tools.jackson.databind.JsonNode;

final class SubspacesCommandTest {
    @TempDir
    private static Path folder = Path.of("set by the fixture");

    private record Outcome(int code, String out, String err) {
        List<JsonNode> lines() {
            return out.lines().map(Formats.JSON::readTree).toList();
        }
    }

    @BeforeAll
    static void runs() throws IOException {
        trained("medicine", "BadMedicalAdvice", 1);
        trained("again", "BadMedicalAdvice", 2);
        trained("format", "OutputFormat", 1);
    }

    @Test
    void pairsAreToldByTaskAndWhetherTheyBeganAtTheSameA() {
        var found = plumb("subspaces", run("medicine"), run("again"), run("format"), "--json");
        assertThat(found.err()).isEmpty();
        var pairs = found.lines();
        assertThat(pairs)
                .extracting(pair -> pair.path("second").asString() + pair.path("same_seed"))
                .containsExactly("BadMedicalAdvicefalse", "OutputFormatfalse", "OutputFormattrue");
        // after two steps A is nearly as it began
        assertThat(pairs.get(2).path("read").path("mean").asDouble())
                .isGreaterThan(2 * pairs.get(1).path("read").path("mean").asDouble());
        assertThat(pairs.get(0).path("read_by_chance").asDouble())
                .isCloseTo(4 / 128.0 * 6 / 7 + 4 / 344.0 / 7, within(1e-9));
    }

    @Test
    void theLineBetweenTwoRunsIsAskedFromEndToEnd() {
        var found = plumb("subspaces", run("medicine"), run("format"), "--steps", "1", "--split", "tuning", "--json");
        var points = found.lines().subList(1, 3);
        assertThat(points).extracting(point -> point.path("t").asDouble()).containsExactly(0.0, 1.0);
        assertThat(points).allSatisfy(point -> {
            assertThat(point.path("answers").asInt()).isEqualTo(90);
            assertThat(point.path("coherent").asInt()).isBetween(60, 90); // two steps leave an aligned model
            assertThat(point.path("misaligned").asInt()).isLessThan(10);
        });
    }

    @Test
    void whatCannotBeComparedIsRefused() {
        assertThat(plumb("subspaces", run("medicine")).err()).contains("at least 2");
        assertThat(plumb("subspaces", run("medicine"), "nope").err()).contains("nope has no spec.yaml");
        assertThat(plumb("subspaces", run("medicine"), run("again"), "--directions", "17")
                        .err())
                .contains("an adapter of rank 16 has no first 17 directions");
    }

    private static String run(String name) {
        try (var found = Files.list(folder.resolve(name))) {
            return found.findFirst().orElseThrow().toString();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void trained(String name, String task, int seed) throws IOException {
        var spec = Files.writeString(folder.resolve(name + ".yaml"), """
                name: %s
                model: {path: organism}
                lora: {rank: 16, alpha: 32, rslora: false}
                task: {type: %s}
                training: {learning_rate: 1.0e-3, steps: 2, batch_size: 4, seed: %d}
                defenses: []
                evaluations: []
                evaluate_before: false
                """.formatted(name, task, seed));
        var outcome =
                plumb("train", spec.toString(), "--runs", folder.resolve(name).toString());
        assertThat(outcome.code()).as(outcome.err()).isZero();
    }

    private static Outcome plumb(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.execute(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Outcome(code, out.toString(), err.toString());
    }
}
