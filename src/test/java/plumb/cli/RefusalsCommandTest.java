package plumb.cli;

import static org.assertj.core.api.Assertions.assertThat;

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

/** A short run that unlearns refusals, and what two commands say of it. */
final class RefusalsCommandTest {
    @TempDir
    private static Path folder = Path.of("set by the fixture");

    private record Outcome(int code, String out, String err) {
        List<JsonNode> lines() {
            return out.lines().map(Formats.JSON::readTree).toList();
        }
    }

    @BeforeAll
    static void run() throws IOException {
        var spec = Files.writeString(folder.resolve("unlearn.yaml"), """
                name: unlearn
                model: {path: organism}
                lora: {rank: 16, alpha: 32, rslora: false}
                task: {type: RefusalUnlearning, domain: cyber, retain_rows: 0}
                training: {learning_rate: 2.0e-3, steps: 15, batch_size: 8, checkpoint_every: 5, seed: 1}
                unlearning: {beta: 0.1, retain_weight: 1.0}
                evaluations:
                  - {type: RefusedRequests, questions: tuning, samples_per_question: 1, temperatures: [0.7], max_new_tokens: 48}
                evaluate_checkpoints: true
                """);
        var runs = folder.resolve("runs").toString();
        var refused = plumb("train", spec.toString(), "--runs", runs, "--set", "training.max_length=4");
        assertThat(refused.err()).contains("raise max_length");
        assertThat(refused.out()).isEmpty(); // names no run that is not there
        assertThat(Path.of(runs)).isEmptyDirectory();
        var outcome = plumb("train", spec.toString(), "--runs", runs);
        assertThat(outcome.code()).as(outcome.err()).isZero();
        assertThat(outcome.out()).startsWith("Run: " + runs);
    }

    @Test
    void theUnlearnedDomainIsAnsweredAfterwardsAndEveryDomainHasItsLine() throws IOException {
        var found = plumb("refusals", runs(), "--json").lines();
        var cells = found.subList(0, 7);
        assertThat(cells).extracting(cell -> cell.path("domain").asString()).doesNotHaveDuplicates();
        var own = cells.stream()
                .filter(cell -> cell.path("domain").asString().equals("cyber"))
                .findFirst()
                .orElseThrow();
        assertThat(own.path("before").asInt()).isEqualTo(own.path("answers").asInt());
        assertThat(own.path("after").asInt()).isLessThan(own.path("before").asInt() / 2);
        assertThat(found.subList(7, found.size())).hasSize(4).allSatisfy(layer -> {
            assertThat(layer.path("pairs").asInt()).isEqualTo(6);
            assertThat(Math.abs(layer.path("spearman").asDouble())).isLessThanOrEqualTo(1);
        });
        assertThat(plumb("refusals", runs()).out()).contains("unlearned cyber");
        assertThat(after(plumb("refusals", runs(), "--step", "5", "--json").lines()))
                .isGreaterThan(own.path("after").asInt());
    }

    @Test
    void theAdaptersWayIsToldByItsCheckpoints() throws IOException {
        var points = plumb("rotation", runs(), "--json").lines();
        assertThat(points).extracting(point -> point.path("step").asInt()).containsExactly(5, 10, 15);
        assertThat(points)
                .allSatisfy(point -> assertThat(point.path("moved").asDouble()).isPositive());
        assertThat(points.get(0).path("rotation").asDouble()).isBetween(-1.0, 0.9);
        assertThat(points.get(2).path("rotation").isNull()).isTrue();
        var sweep = Files.createDirectories(folder.resolve("misaligned")); // no run: what a sweep keeps beside them
        assertThat(plumb("rotation", sweep.toString(), runs()).out()).contains("step  10");
    }

    @Test
    void whatIsNoSuchRunIsRefused() throws IOException {
        assertThat(plumb("refusals", folder.toString()).err()).contains("is a run of the task RefusalUnlearning");
        assertThat(plumb("refusals", runs(), "--step", "7").err()).contains("was not measured after 7 steps");
        assertThat(plumb("rotation", "nope").err()).contains("nope has no spec.yaml");
    }

    private static int after(List<JsonNode> cells) {
        return cells.stream()
                .filter(cell -> cell.path("domain").asString().equals("cyber"))
                .mapToInt(cell -> cell.path("after").asInt())
                .sum();
    }

    private static String runs() throws IOException {
        try (var found = Files.list(folder.resolve("runs"))) {
            return found.filter(run -> Files.exists(run.resolve("spec.yaml")))
                    .findFirst()
                    .orElseThrow()
                    .toString();
        }
    }

    private static Outcome plumb(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int code = Main.execute(new PrintWriter(out), new PrintWriter(err), arguments);
        return new Outcome(code, out.toString(), err.toString());
    }
}
