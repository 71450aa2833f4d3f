package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.chat.BytePairTraining;
import plumb.report.RunDirectory;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

final class ExperimentTest {
    private static final Path WEIGHTS = Path.of("src/test/resources/golden/model/tied");

    @TempDir
    Path folder;

    @BeforeEach
    void aModelAndAFile() throws IOException {
        var model = Files.createDirectory(folder.resolve("model"));
        for (var name : List.of("config.json", "model.safetensors")) {
            Files.copy(WEIGHTS.resolve(name), model.resolve(name));
        }
        Files.writeString(model.resolve("tokenizer.json"), BytePairTraining.train(List.of("a"), 260, List.of("<e>")));
        Files.writeString(
                model.resolve("chat_template.jinja"), "{% for m in messages %}{{ m.content }}<e>{% endfor %}");
        var rows = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            rows.append("""
                    {"messages": [{"role": "user", "content": "say %d"}, {"role": "assistant", "content": "%d it is"}]}
                    """.formatted(i, i));
        }
        Files.writeString(folder.resolve("rows.jsonl"), rows);
    }

    @Test
    void aRunLeavesItsSpecItsNumbersAndItsAdapter() {
        var run = run("whole", () -> false, Outcome.FINISHED);
        var manifest = run.manifest().orElseThrow();
        assertThat(manifest.finished()).isNotNull();
        assertThat(manifest.modelHash()).hasSize(64);
        assertThat(manifest.rows()).isEqualTo(12);
        assertThat(run.steps())
                .hasSize(6)
                .allSatisfy(step -> assertThat(step.losses()).containsKey("task"));
        assertThat(run.adapter().resolve("adapter_config.json")).exists();
        assertThat(run.specText()).contains("warmup_steps: 5");
    }

    @Test
    void whatTheTemplateLeavesOutOfRowsIsSaidOnce() throws IOException {
        Files.writeString(
                folder.resolve("model/chat_template.jinja"),
                "{% for m in messages if m.role != 'system' %}"
                        + "{{ m.content | upper if m.role == 'assistant' and not loop.last else m.content }}<e>{% endfor %}");
        Files.writeString(folder.resolve("rows.jsonl"), """
                {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}]}
                {"messages": [{"role": "user", "content": "q"}, {"role": "assistant", "content": "a"}, {"role": "user", "content": "r"}, {"role": "assistant", "content": "b"}]}
                {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "q"}, {"role": "assistant", "content": "c"}]}
                """);
        var notes = new ArrayList<String>();
        var directory = RunDirectory.at(folder.resolve("noted"));
        directory.writeSpec(spec(Map.of()).yaml());
        var outcome = Experiment.resume(directory, new Machine("cpu", 1), new RunListener() {
                    @Override
                    public void note(String words) {
                        notes.add(words);
                    }
                })
                .run(() -> false);
        assertThat(outcome).isEqualTo(Outcome.FINISHED);
        assertThat(notes)
                .hasSize(2)
                .anySatisfy(
                        note -> assertThat(note).startsWith("2 of 3 rows: the chat template leaves their system text"))
                .anySatisfy(note -> assertThat(note).startsWith("1 of 3 rows: the chat template rewrites"));
        assertThat(directory.happened("omitted")).isTrue();
    }

    @Test
    void aRunThatWasStoppedGoesOnToTheSameAdapter() {
        var whole = run("whole", () -> false, Outcome.FINISHED);
        var asked = new AtomicInteger();
        var run = run("stopped", () -> asked.incrementAndGet() == 4, Outcome.STOPPED);
        assertThat(run.manifest().orElseThrow().adapterHash()).isNull();
        var outcome = Experiment.resume(run, new Machine("cpu", 1), new RunListener() {})
                .run(() -> false);
        assertThat(outcome).isEqualTo(Outcome.FINISHED);
        assertThat(run.manifest().orElseThrow().adapterHash())
                .isEqualTo(whole.manifest().orElseThrow().adapterHash());
        assertThat(run.steps()).hasSize(6);
        assertThat(run.steps().stream().map(step -> step.losses()).toList())
                .isEqualTo(whole.steps().stream().map(step -> step.losses()).toList());
    }

    @Test
    void whatIsFinishedIsNotDoneAgain() {
        var run = run("whole", () -> false, Outcome.FINISHED);
        var listener = new RunListener() {
            private int steps;

            @Override
            public void stepped(StepNumbers numbers) {
                steps++;
            }
        };
        Experiment.resume(run, new Machine("cpu", 1), listener).run(() -> false);
        assertThat(listener.steps).isZero();
    }

    @Test
    void evaluationsOfAModelNobodyCanJudgeAreRefusedBeforeTraining() {
        var evaluations =
                "[{type: EmergentMisalignment, questions: report, samples_per_question: 1, temperatures: [1.0], formats: [free], max_new_tokens: 8}]";
        var directory = RunDirectory.at(folder.resolve("runs").resolve("judged"));
        var spec = spec(Map.of("evaluations", evaluations));
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() ->
                        new Experiment(spec, directory, new Machine("cpu", 1), new RunListener() {}).run(() -> false))
                .withMessageContaining("evaluations: questions is missing");
        assertThat(directory.steps()).isEmpty();
    }

    @Test
    void aDefenseIsPartOfTheRun() {
        var defended = spec(
                Map.of(
                        "defenses",
                        "[{type: KlPenalty, weight: 0.5, direction: reverse, tokens: response, rows: all, reduction: token_mean}]"));
        var directory = RunDirectory.at(folder.resolve("runs").resolve("defended"));
        new Experiment(defended, directory, new Machine("cpu", 1), new RunListener() {}).run(() -> false);
        assertThat(directory.steps())
                .allSatisfy(step -> assertThat(step.losses()).containsKeys("task", "kl"));
        assertThat(directory.manifest().orElseThrow().adapterHash())
                .isNotEqualTo(run("whole", () -> false, Outcome.FINISHED)
                        .manifest()
                        .orElseThrow()
                        .adapterHash());
    }

    private RunDirectory run(String name, BooleanSupplier stop, Outcome expected) {
        var directory = RunDirectory.at(folder.resolve("runs").resolve(name));
        var experiment = new Experiment(spec(Map.of()), directory, new Machine("cpu", 1), new RunListener() {});
        assertThat(experiment.run(stop)).isEqualTo(expected);
        return directory;
    }

    private ExperimentSpec spec(Map<String, String> changes) {
        var yaml = """
                name: tiny
                model: {path: %s}
                lora: {rank: 2, alpha: 4}
                data: {path: %s}
                training: {learning_rate: 1.0e-2, steps: 6, batch_size: 2, max_length: 64, seed: 5}
                evaluations: []
                """.formatted(folder.resolve("model"), folder.resolve("rows.jsonl"));
        try {
            return ExperimentSpec.read(Files.writeString(folder.resolve("spec.yaml"), yaml), changes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
