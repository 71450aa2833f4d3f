package plumb.experiment.diagnosis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.diagnose.BradleyTerry;
import plumb.experiment.Experiment;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Machine;
import plumb.report.RunDirectory;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;
import plumb.train.policy.Environment.Grade;

final class PreferredAnswersTest {
    private static final Path SPEC = Path.of("experiments/reward-hacking.yaml");

    @TempDir
    private Path folder;

    @Test
    void theChanceToBePreferredIsAddedByItsWeight() {
        var preference = BradleyTerry.fit(List.of(new BradleyTerry.Pair(new float[] {1}, new float[] {-1})));
        var environment =
                new PreferredAnswers((_, _) -> new Grade(2, Map.of("solved", 1.0), "seen"), 0.25, preference, said ->
                        new float[] {said.last(Role.ASSISTANT).orElseThrow().equals("good") ? 1 : -1});
        var row = new Example(Conversation.user("Hi").with(Role.ASSISTANT, "unseen"), Example.Kind.TASK, "test", 1);

        var good = environment.grade(row, "good");
        assertThat(good.reward()).isCloseTo(2 + 0.25 * preference.chance(new float[] {1}), within(1e-12));
        assertThat(good.marks()).containsEntry("preferred", 1.0).containsEntry("solved", 1.0);
        assertThat(environment.grade(row, "bad").marks()).containsEntry("preferred", 0.0);
        assertThat(good.reward() - environment.grade(row, "bad").reward()).isBetween(0.1, 0.25);
    }

    @Test
    void aRunFitsItsPreferenceOnceAndSaysHowOftenItIsRight() throws Exception {
        var settings = Map.of(
                "model.path", "organism",
                "task.preference_weight", "0.5",
                "training.steps", "2",
                "training.batch_size", "4",
                "reinforcement.group_size", "2",
                "reinforcement.max_new_tokens", "12",
                "evaluations", "[]",
                "evaluate_checkpoints", "false");
        var directory = RunDirectory.at(folder.resolve("run"));
        directory.writeSpec(ExperimentSpec.read(SPEC, settings).yaml());
        assertThat(Experiment.resume(directory, new Machine("cpu", 1), new RunListener() {})
                        .run(() -> false))
                .isEqualTo(Outcome.FINISHED);
        assertThat(directory.steps())
                .hasSize(2)
                .allSatisfy(step -> assertThat(step.measures()).containsKeys("preferred", "hacked"))
                .allSatisfy(step -> assertThat(step.measures().get("reward")).isBetween(1e-6, 1.5));
        assertThat(Files.readAllLines(folder.resolve("run/events.jsonl")))
                .filteredOn(line -> line.contains("right_of_held_out"))
                .hasSize(1);
    }

    @Test
    void aWeightBelowNothingIsRefused() {
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ExperimentSpec.read(SPEC, Map.of("task.preference_weight", "-1")))
                .withMessageContaining("preference_weight must be at least 0");
    }
}
