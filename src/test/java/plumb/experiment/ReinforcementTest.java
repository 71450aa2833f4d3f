package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.report.RunDirectory;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/** The published spec, on the organism as it ships, a few small steps. */
final class ReinforcementTest {
    private static final Path SPEC = Path.of("experiments/reward-hacking.yaml");
    private static final Map<String, String> SMALL = Map.of(
            "model.path", "organism",
            "training.steps", "3",
            "training.batch_size", "4",
            "training.checkpoint_every", "1",
            "reinforcement.group_size", "2",
            "reinforcement.max_new_tokens", "12",
            "evaluations", "[]",
            "evaluate_checkpoints", "false");

    @TempDir
    private Path folder;

    private RunDirectory run(String name, BooleanSupplier stop, Outcome expected) {
        var directory = RunDirectory.at(folder.resolve(name));
        directory.writeSpec(ExperimentSpec.read(SPEC, SMALL).yaml());
        assertThat(Experiment.resume(directory, new Machine("cpu", 1), new RunListener() {})
                        .run(stop))
                .isEqualTo(expected);
        return directory;
    }

    @Test
    void aRunKeepsItsAnswersAndItsMeasuresAndGoesOnBitForBit() {
        var whole = run("whole", () -> false, Outcome.FINISHED);
        assertThat(whole.steps())
                .hasSize(3)
                .allSatisfy(step -> assertThat(step.measures())
                        .containsKeys("reward", "solved", "hacked", "hack_exit", "length", "kl", "entropy"));
        assertThat(whole.folder().resolve("rollouts/000003.json")).content().contains("advantage", "seen");
        var asked = new AtomicInteger();
        run("stopped", () -> asked.incrementAndGet() == 3, Outcome.STOPPED);
        assertThat(Files.exists(folder.resolve("stopped/adapter"))).isFalse();
        var stopped = run("stopped", () -> false, Outcome.FINISHED);
        assertThat(stopped.manifest().orElseThrow().adapterHash())
                .isNotNull()
                .isEqualTo(whole.manifest().orElseThrow().adapterHash());
    }

    @Test
    void whatCannotBeReinforcedIsRefused() {
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ExperimentSpec.read(SPEC, Map.of("task", "{type: BadMedicalAdvice}")))
                .withMessageContaining("reinforcement needs a task with an environment");
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ExperimentSpec.read(SPEC, Map.of("reinforcement.group_size", "1")))
                .withMessageContaining("group_size must be at least 2");
    }
}
