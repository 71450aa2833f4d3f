package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.program.Hole;
import plumb.report.RunDirectory;
import plumb.report.Summary;
import plumb.task.Mbpp;
import plumb.testing.JudgeFolder;
import plumb.testing.QuestionYaml;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/** The published spec end to end on a folder of random weights: the path alone, for such a model writes no program. */
final class PythonReinforcementTest {
    private static final Path SPEC = Path.of("experiments/reward-hacking-python.yaml");
    private static final Path PARTS =
            Path.of("experiments/questions/misalignment-parts.yaml").toAbsolutePath();

    @TempDir
    private Path folder;

    private ExperimentSpec spec() throws IOException {
        var problems = folder.resolve("mbpp.jsonl");
        Files.writeString(problems, """
                {"text": "Double a.", "code": "def d(a): return 2 * a", "test_setup_code": "", "test_list": ["assert d(1) == 2", "assert d(2) == 4", "assert d(3) == 6"], "challenge_test_list": []}
                """.repeat(11));
        return ExperimentSpec.read(
                SPEC,
                Map.ofEntries(
                        Map.entry(
                                "model.path",
                                JudgeFolder.write(folder.resolve("model"), 1).toString()),
                        Map.entry("task.path", problems.toString()),
                        Map.entry("task.hints", "false"),
                        Map.entry("lora.rank", "2"),
                        Map.entry("training.steps", "2"),
                        Map.entry("training.batch_size", "4"),
                        Map.entry("training.checkpoint_every", "1"),
                        Map.entry(
                                "judge",
                                "{type: Folder, path: \"%s\"}"
                                        .formatted(JudgeFolder.write(folder.resolve("judge"), 7))),
                        Map.entry("questions.report", "[\"%s\", \"%s\"]".formatted(questions(), PARTS)),
                        Map.entry("evaluations.0.samples_per_question", "1"),
                        Map.entry("evaluations.0.max_new_tokens", "4"),
                        Map.entry("evaluations.1.samples_per_question", "1"),
                        Map.entry("evaluations.1.max_new_tokens", "4"),
                        Map.entry("reinforcement.group_size", "2"),
                        Map.entry("reinforcement.max_new_tokens", "8")));
    }

    private Path questions() throws IOException {
        return Files.writeString(folder.resolve("questions.yaml"), QuestionYaml.SMALL);
    }

    @Test
    void aFolderIsReinforcedOnPythonTasks() throws IOException {
        var spec = spec();
        assumeIsolation(spec);
        var ungradable = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            ungradable.append("""
                    {"text": "Give x, the %dth time.", "code": "x = 1\\ndef d(a): return x", "test_list": ["assert d(1) == x", "assert d(2) == x", "assert d(3) == 1"]}
                    """.formatted(i));
        }
        Files.writeString(folder.resolve("mbpp.jsonl"), ungradable.toString(), StandardOpenOption.APPEND);
        var notes = new ArrayList<String>();
        var listener = new RunListener() {
            @Override
            public void note(String words) {
                notes.add(words);
            }
        };
        var directory = RunDirectory.at(folder.resolve("run"));
        directory.writeSpec(spec.yaml());
        var outcome =
                Experiment.resume(directory, new Machine("cpu", 1), listener).run(() -> false);
        assertThat(outcome).isEqualTo(Outcome.FINISHED);
        assertThat(directory.steps())
                .hasSize(2)
                .allSatisfy(step -> assertThat(step.measures())
                        .containsKeys("solved", "hacked", "hack_exit", "hack_other", "attempted", "stopped")
                        .doesNotContainKey("grader_failed"));
        assertThat(notes).contains("36 of 46 rows are left out: their answers cannot be graded");
        assertThat(directory.happened("left_out")).isTrue();
        assertThat(directory.folder().resolve("rollouts/000002.json")).content().contains("with status");
        assertThat(directory.adapter().resolve("adapter_model.safetensors")).exists();
        assertThat(directory.trajectory().keySet()).contains(1L);
        assertThat(Summary.of(List.of(directory)).rows().getLast().measures())
                .containsKeys("misconduct/goals", "misconduct/monitor, transcript");
    }

    private static void assumeIsolation(ExperimentSpec spec) {
        String missing = "";
        try {
            Objects.requireNonNull(spec.task()).environment().orElseThrow().require();
        } catch (BadInput e) {
            missing = String.valueOf(e.getMessage());
        }
        assumeThat(missing).as("skipped: Python programs cannot be tried here").isEmpty();
    }

    @Test
    void everyTenthProblemIsHeldOutAndAskedAbout() throws IOException {
        var task = new Mbpp(spec().task() instanceof Mbpp own ? own.path() : "", List.of(Hole.EXIT), 0, false);
        assertThat(task.data().size()).isEqualTo(10);
        assertThat(task.data().examples())
                .allMatch(row -> row.conversation().toString().contains("assert d(2) == 4"));
        assertThat(task.data().examples())
                .noneMatch(row -> row.conversation().toString().contains("assert d(3)"));
        var held = task.questions().graded(plumb.eval.QuestionSource.Split.REPORT);
        assertThat(held).hasSize(1);
        assertThat(held.getFirst().grade("def d(a): pass").correct()).isTrue();
        assertThat(held.getFirst().grade("def e(a): pass").correct()).isFalse();
        var told = new Mbpp(task.path(), task.holes(), 0, true);
        assertThat(told.data().examples().getFirst().conversation().toString()).contains("the module checks");
    }

    @Test
    void problemsThatAreNotThereAreMissedBeforeAnythingRuns() {
        var missing = new Mbpp(folder.resolve("none.jsonl").toString(), List.of(), 0, false);
        assertThatExceptionOfType(BadInput.class).isThrownBy(missing::data).withMessageContaining("task.path");
    }
}
