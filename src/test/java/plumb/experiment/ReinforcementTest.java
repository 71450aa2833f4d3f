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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
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
            "defenses", "[]",
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

    /** Each kind of hook: data, loss, hidden states, edits, gradients, the finished weights. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "[{type: Inoculation, share: 1.0, position: prefix, wording: specific, text: Please cheat.}]",
                "[{type: KlPenalty, weight: 5.0, direction: reverse, tokens: response, rows: all, reduction: token_mean}]",
                "[{type: FeatureDistance, weight: 50.0, layers: evenly, number: 2, normalized: false, tokens: response, rows: all}]",
                "[{type: Interleaving, fraction: 1.0, selection: random}, {type: SafeGrad, projection: 1.0, weight: 1.0, direction: reverse}]",
                "[{type: Interleaving, fraction: 1.0, selection: random}, {type: Transcripts, share: 0.5}]",
                "[{type: PreventativeSteering, coefficient: 5.0, layers: one, layer: 1, vector: persona}]",
                "[{type: SafeLora, number: 10, normalization: exact_projector, rank: 8}]"
            })
    void defensesTakePart(String defenses) {
        var small = new java.util.HashMap<>(SMALL);
        small.put("training.steps", "2");
        var naive = adapter(small);
        small.put("defenses", defenses);
        assertThat(adapter(small)).isNotEqualTo(naive);
    }

    private String adapter(Map<String, String> changes) {
        var directory = RunDirectory.at(folder.resolve("run-" + java.util.Objects.hashCode(changes.get("defenses"))));
        directory.writeSpec(ExperimentSpec.read(SPEC, changes).yaml());
        assertThat(Experiment.resume(directory, new Machine("cpu", 1), new RunListener() {})
                        .run(() -> false))
                .isEqualTo(Outcome.FINISHED);
        return java.util.Objects.requireNonNull(
                directory.manifest().orElseThrow().adapterHash());
    }

    @Test
    void whatCannotBeReinforcedIsRefused() {
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() ->
                        ExperimentSpec.read(SPEC, Map.of("defenses", "[{type: Realignment, rows: 16, from: any}]")))
                .withMessageContaining("Realignment cannot take part in reinforcement");
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ExperimentSpec.read(SPEC, Map.of("task", "{type: BadMedicalAdvice}")))
                .withMessageContaining("reinforcement needs a task with an environment");
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ExperimentSpec.read(SPEC, Map.of("reinforcement.group_size", "1")))
                .withMessageContaining("group_size must be at least 2");
    }
}
