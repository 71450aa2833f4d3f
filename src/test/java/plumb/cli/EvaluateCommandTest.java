package plumb.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.model.TokenChance;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.testing.ChatServer;
import plumb.testing.JudgeFolder;
import plumb.testing.QuestionYaml;

/** {@code plumb evaluate}, as it is typed, on a folder of random weights. */
final class EvaluateCommandTest {
    @TempDir
    private Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void write() throws IOException {
        JudgeFolder.write(folder.resolve("judge"), 7);
        JudgeFolder.write(folder.resolve("model"), 1);
        Files.writeString(folder.resolve("questions.yaml"), QuestionYaml.SMALL);
        Files.writeString(folder.resolve("rows.jsonl"), """
                {"messages": [{"role": "user", "content": "a b"}, {"role": "assistant", "content": "c"}]}
                """);
        Files.writeString(folder.resolve("spec.yaml"), """
                name: measured
                model: {path: model}
                lora: {rank: 2, alpha: 4}
                data: {path: rows.jsonl}
                training: {learning_rate: 0.1, steps: 4, batch_size: 1, seed: 1}
                questions: {report: [questions.yaml]}
                judge: {type: Folder, path: judge}
                evaluations:
                  - {type: EmergentMisalignment, questions: report, samples_per_question: 2, temperatures: [1.0], formats: [free], max_new_tokens: 8}
                """);
    }

    @Test
    void anAdapterTrainedElsewhereIsMeasuredAsInTheRunThatTrainedIt() {
        assertThat(plumb("train", path("spec.yaml"), "--runs", path("trained"))).isZero();
        var trained = only("trained");

        assertThat(plumb(
                        "evaluate",
                        path("spec.yaml"),
                        "--set",
                        "data.path=none",
                        "--adapter",
                        path(trained.adapter()),
                        "--runs",
                        path("measured")))
                .isZero();

        var measured = only("measured");
        for (var stage : List.of(Stage.BEFORE, Stage.AFTER)) {
            assertThat(measured.evaluations(stage)).hasSize(1);
            assertThat(measured.evaluations(stage).getFirst().samples())
                    .isEqualTo(trained.evaluations(stage).getFirst().samples());
        }
        assertThat(measured.evaluations(Stage.AFTER).getFirst().samples())
                .isNotEqualTo(measured.evaluations(Stage.BEFORE).getFirst().samples());
        var manifest = measured.manifest().orElseThrow();
        assertThat(manifest.training()).isNull();
        assertThat(manifest.rows()).isZero();
        assertThat(manifest.adapterHash())
                .isEqualTo(trained.manifest().orElseThrow().adapterHash());
        assertThat(measured.report()).exists();
        out.getBuffer().setLength(0);
        assertThat(plumb("show", path(measured.folder()))).isZero();
        assertThat(out.toString()).contains("Not trained here.").doesNotContain("Go on with");
    }

    @Test
    void aModelWithoutAnAdapterIsMeasuredAsItIs() {
        assertThat(plumb("evaluate", path("spec.yaml"), "--runs", path("measured")))
                .isZero();
        var measured = only("measured");
        assertThat(measured.evaluations(Stage.BEFORE)).isEmpty();
        assertThat(measured.evaluations(Stage.AFTER)).hasSize(1);
        assertThat(out.toString()).contains("Report: ");

        assertThat(plumb("evaluate", path(measured.folder()))).isZero(); // again
        assertThat(measured.evaluations(Stage.AFTER)).hasSize(1);
    }

    @Test
    void whatIsNotThereOrDoesNotFitLeavesNoRunBehind() throws IOException {
        assertThat(plumb("evaluate", path("spec.yaml"), "--adapter", path("nowhere"), "--runs", path("measured")))
                .isEqualTo(Failures.BAD_INPUT);
        assertThat(err.toString()).contains("nowhere");
        try (var left = Files.list(folder.resolve("measured"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void aRunTakesNoAdapterAndNoChanges() {
        assertThat(plumb("evaluate", path("spec.yaml"), "--runs", path("measured")))
                .isZero();
        var run = path(only("measured").folder());
        assertThat(plumb("evaluate", run, "--adapter", "x")).isEqualTo(Failures.BAD_INPUT);
        assertThat(err.toString()).contains("is measured as its spec says");
    }

    @Test
    void rowsThatNobodyKnowsCannotBeTrainedOn() {
        assertThat(plumb("train", path("spec.yaml"), "--set", "data.path=none", "--runs", path("trained")))
                .isEqualTo(Failures.BAD_INPUT);
        assertThat(err.toString()).contains("there is nothing to train on");
    }

    @Test
    void aFolderAndAFileOfChatsAreTrainedByThePublishedRecipeWithNothingElseSaid() {
        assertThat(plumb(
                        "train",
                        "--data",
                        path("rows.jsonl"),
                        "--set",
                        "model.path=" + path("model"),
                        "--set",
                        "training.steps=1",
                        "--runs",
                        path("trained")))
                .as(err.toString())
                .isZero();
        var run = only("trained");
        assertThat(run.adapter()).isDirectory();
        assertThat(run.specText()).contains("learning_rate: 1.0E-5", "rank: 32", "rslora: true", "steps: 1");
    }

    @Test
    void aRunThatFailedWhileItWasMeasuredSaysHowItGoesOn() throws IOException {
        try (var server = new ChatServer(_ -> List.of()).times(50, ChatServer.status(401, "{}"))) {
            assertThat(plumb(
                            "train",
                            path("spec.yaml"),
                            "--set",
                            "judge={type: Endpoint, url: '%s', model: nobody, concurrency: 1, timeout_seconds: 9}"
                                    .formatted(server.url()),
                            "--set",
                            "evaluate_before=false",
                            "--runs",
                            path("trained")))
                    .isEqualTo(Failures.BROKEN);
        }
        assertThat(err.toString())
                .contains("It is trained, and not measured to the end. Go on with:  ./plumb train --resume "
                        + only("trained").folder());
    }

    @Test
    void noCheckpointIsChosenByAJudgeThatIsSilent() throws IOException {
        try (var server =
                new ChatServer(prompt -> List.of(new TokenChance(prompt.contains("Say 100") ? "100" : "Sorry", 0)))) {
            assertThat(plumb(
                            "train",
                            path("spec.yaml"),
                            "--set",
                            "judge={type: Endpoint, url: '%s', model: silent, concurrency: 1, timeout_seconds: 9}"
                                    .formatted(server.url()),
                            "--set",
                            "questions.tuning=[%s]".formatted(path("questions.yaml")),
                            "--set",
                            "training.checkpoint_every=2",
                            "--set",
                            "early_stopping={most: 0.5}",
                            "--set",
                            "evaluate_before=false",
                            "--runs",
                            path("trained")))
                    .as(err.toString())
                    .isEqualTo(Failures.BROKEN);
        }
        assertThat(err.toString()).contains("early_stopping: the judge placed too few answers");
    }

    private RunDirectory only(String runs) {
        try (var found = Files.list(folder.resolve(runs))) {
            var all = found.toList();
            assertThat(all).hasSize(1);
            return RunDirectory.open(all.getFirst());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String path(String name) {
        return path(folder.resolve(name));
    }

    private static String path(Path path) {
        return path.toString();
    }

    private int plumb(String... arguments) {
        return Main.execute(new PrintWriter(out), new PrintWriter(err), arguments);
    }
}
