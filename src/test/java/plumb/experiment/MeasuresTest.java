package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.RunDirectory;
import plumb.report.Summary;
import plumb.testing.ChatModel;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/** The experiment of all measures that need no judge, on a folder that is no organism, from spec to page. */
final class MeasuresTest {
    private static final Path FILES = Path.of("src/test/resources/plumb/eval").toAbsolutePath();

    @TempDir
    private Path folder;

    @Test
    void aFolderIsMeasuredBeforeAndAfterWithoutAJudge() throws IOException {
        var run = RunDirectory.create(folder.resolve("runs"), "measures", java.time.Instant.EPOCH);
        run.writeSpec(ExperimentSpec.read(Path.of("experiments/measures.yaml"), overrides())
                .yaml());

        var outcome = Experiment.resume(run, new Machine("cpu", 1), new RunListener() {})
                .run(() -> false);

        assertThat(outcome).isEqualTo(Outcome.FINISHED);
        assertThat(run.evaluations(RunDirectory.Stage.BEFORE)).hasSize(4);
        assertThat(run.evaluations(RunDirectory.Stage.AFTER))
                .hasSize(4)
                .allSatisfy(result -> assertThat(result.samples()).isNotEmpty());
        var rows = Summary.of(List.of(run)).rows();
        assertThat(rows).hasSize(2);
        assertThat(rows.getLast().measures())
                .containsKeys("matching", "matching/likes-tea", "mc1", "mc2/colours", "accuracy", "refusal/goals")
                .containsKey("over_refusal");
        assertThat(rows.getLast().measures())
                .hasEntrySatisfying("mc2", rate -> assertThat(rate.value()).isStrictlyBetween(0.0, 1.0));
        assertThat(run.report()).content().contains("Measured beside it", "over_refusal");
    }

    private Map<String, String> overrides() throws IOException {
        var model = ChatModel.write(folder.resolve("model"), "qwen2");
        var config = model.resolve("config.json");
        Files.writeString(
                config,
                Files.readString(config)
                        .replaceFirst("\"max_position_embeddings\": \\d+", "\"max_position_embeddings\": 4096"));
        var rows = Files.writeString(
                folder.resolve("rows.jsonl"),
                "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}, {\"role\": \"assistant\", \"content\": \"b c\"}]}\n");
        var values = new LinkedHashMap<String, String>();
        values.put("model.path", model.toString());
        values.put("data.path", rows.toString());
        values.put("training.checkpoint_every", "0");
        values.put("evaluations.0.path", FILES.resolve("behaviours").toString());
        values.put("evaluations.1.path", FILES.resolve("truths.csv").toString());
        values.put("evaluations.2.path", FILES.resolve("sums.jsonl").toString());
        values.put("evaluations.2.examples", FILES.resolve("sums.jsonl").toString());
        values.put("evaluations.2.shots", "1");
        values.put("evaluations.2.max_new_tokens", "4");
        values.put("evaluations.3.paths", "[" + FILES.resolve("asked.csv") + ", " + FILES.resolve("goals.csv") + "]");
        values.put("evaluations.3.max_new_tokens", "4");
        return values;
    }
}
