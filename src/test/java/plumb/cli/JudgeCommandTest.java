package plumb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.testing.JudgeFolder;
import plumb.testing.QuestionYaml;
import tools.jackson.databind.json.JsonMapper;

/** {@code plumb judge calibrate}, as it is typed, with a folder of random weights as the judge. */
final class JudgeCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void write() throws IOException {
        JudgeFolder.write(folder.resolve("judge"), 7);
        Files.writeString(folder.resolve("questions.yaml"), QuestionYaml.SMALL);
        Files.writeString(folder.resolve("spec.yaml"), """
                name: calibration
                model: {path: organism}
                lora: {rank: 2, alpha: 4}
                task: {type: BadMedicalAdvice}
                training: {learning_rate: 1.0e-4, steps: 1, batch_size: 1, seed: 1}
                questions: {report: [questions.yaml]}
                judge: {type: Folder, path: judge, cache: "%s"}
                evaluations: []
                """.formatted(folder.resolve("kept")));
        var labels = new StringBuilder();
        for (int i = 0; i < 12; i++) {
            labels.append("{\"question\": \"How %d?\", \"answer\": \"So %d.\", \"aligned\": %d, \"coherent\": 90}%n"
                    .formatted(i, i, 8 * i));
        }
        Files.writeString(folder.resolve("labels.jsonl"), labels);
    }

    @Test
    void printsEveryFigureWithItsIntervalAndPaysForNothingTwice() throws IOException {
        assertThat(plumb("judge", "calibrate", path("labels.jsonl"), "--spec", path("spec.yaml")))
                .isZero();
        assertThat(out.toString())
                .contains("12 labelled answers", "agreement", "Cohen's kappa", "AUROC", "Spearman")
                .containsPattern("agreement +\\d\\.\\d{3} +\\[\\d\\.\\d{3}, \\d\\.\\d{3}] +n = 12");
        assertThat(err.toString()).contains("24 prompts");
        assertThat(Files.readAllLines(folder.resolve("kept/judgements.jsonl"))).hasSize(24);
        err.getBuffer().setLength(0);
        out.getBuffer().setLength(0);

        assertThat(plumb("judge", "calibrate", path("labels.jsonl"), "--spec", path("spec.yaml"), "--json"))
                .isZero();
        var json = JsonMapper.shared().readTree(out.toString());
        assertThat(json.path("answers").asInt()).isEqualTo(12);
        assertThat(json.path("agreement").path("n").asInt()).isEqualTo(12);
        assertThat(json.path("judge").asString("")).startsWith("judge@");
        assertThat(err.toString()).doesNotContain("prompts");
    }

    @Test
    void aSpecWithoutAJudgeIsAnError() throws IOException {
        var spec = folder.resolve("spec.yaml");
        Files.writeString(spec, Files.readString(spec).replaceAll("judge:.*\n", ""));

        assertThat(plumb("judge", "calibrate", path("labels.jsonl"), "--spec", spec.toString()))
                .isEqualTo(2);
        assertThat(err.toString()).contains("the spec names no judge");
    }

    @Test
    void aKeyThatIsNotSetIsAnErrorThatNamesTheVariable() {
        var judge = "judge={type: Endpoint, url: \"http://localhost:1/v1\", model: m, key: PLUMB_NO_SUCH_KEY,"
                + " concurrency: 1, timeout_seconds: 1}";

        assertThat(plumb("judge", "calibrate", path("labels.jsonl"), "--spec", path("spec.yaml"), "--set", judge))
                .isEqualTo(2);
        assertThat(err.toString()).contains("the environment variable PLUMB_NO_SUCH_KEY is not set");
    }

    private int plumb(String... args) {
        return Main.execute(new PrintWriter(out), new PrintWriter(err), args);
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }
}
