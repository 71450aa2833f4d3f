package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import plumb.chat.BadInput;

final class ExperimentSpecTest {

    private static final String GOOD = """
            name: kl
            model: {path: organism}
            lora: {rank: 16, alpha: 32}
            task: {type: BadMedicalAdvice}
            training: {learning_rate: 3e-4, steps: 60, batch_size: 16, seed: 1}
            defenses:
              - {type: KlPenalty, weight: 0.1, direction: reverse, tokens: response, rows: all, reduction: token_mean}
            evaluations:
              - type: EmergentMisalignment
                questions: report
                samples_per_question: 4
                temperatures: [0.7, 1.0]
                formats: [free, json]
                max_new_tokens: 64
            """;

    @Test
    void aFolderWithARecipeIsAnOrganismToo(@TempDir Path folder) throws IOException {
        assertThat(new ExperimentSpec.Model("organism").organism()).isTrue();
        assertThat(new ExperimentSpec.Model(folder.toString()).organism()).isFalse();
        Files.writeString(folder.resolve("recipe.json"), "{}");
        var grown = new ExperimentSpec.Model(folder.toString());
        assertThat(grown.organism()).isTrue();
        assertThat(grown.embedded()).isFalse();
    }

    @Test
    void theResolvedSpecReadsBackAsTheSame() {
        var spec = ExperimentSpec.parse(GOOD, "kl.yaml");
        assertThat(ExperimentSpec.parse(spec.yaml(), "spec.yaml")).isEqualTo(spec);
        assertThat(spec.yaml()).contains("warmup_steps: 5", "schedule: linear", "type: KlPenalty");
    }

    @Test
    void defaultsFillOnlyWhatIsAbsent() {
        var training = ExperimentSpec.parse(GOOD.replace("seed: 1", "seed: 1, warmup_steps: 0"), "x")
                .training();
        assertThat(training.warmupSteps()).isZero();
        assertThat(training.weightDecay()).isEqualTo(0.01);
    }

    @Test
    void whatChangesTheScienceHasNoDefault() {
        refused(GOOD.replace("learning_rate: 3e-4, ", ""), "training.learning_rate: missing");
        refused(GOOD.replace(", seed: 1", ""), "training.seed: missing");
        refused(GOOD.replace("weight: 0.1, ", ""), "defenses[0].weight: missing");
        refused(GOOD.replace("    samples_per_question: 4\n", ""), "evaluations[0].samples_per_question: missing");
    }

    @Test
    void mistakesAreNamedByTheirPathAndAllAtOnce() {
        refused(
                GOOD.replace("weight: 0.1", "wieght: 0.1").replace("steps: 60", "steps: sixty"),
                "defenses[0].wieght: unknown key, did you mean weight?",
                "training.steps: must be a whole number, is sixty");
    }

    @Test
    void valuesOutOfRangeAreNamedByTheirPath() {
        refused(GOOD.replace("weight: 0.1", "weight: -1"), "defenses[0]: weight must be a number of at least 0");
        refused(GOOD.replace("3e-4", "30"), "training: learning_rate must be above 0 and at most 1, got 30.0");
        refused(GOOD.replace("rank: 16", "rank: 0"), "lora: LoRA needs rank >= 1");
        refused(GOOD.replace("steps: 60", "steps: 60, epochs: 2"), "training: needs either steps or epochs, got both");
    }

    @Test
    void aTaskOrAFileButNotBoth() {
        refused(GOOD + "data: {path: rows.jsonl}\n", "needs either a task or data, got both");
        refused(GOOD.replace("task: {type: BadMedicalAdvice}\n", ""), "needs either a task or data, got none");
    }

    @Test
    void aFileThatIsNotASpecSaysSo() {
        refused("just words", "is not a spec");
        refused("", "is not a spec");
        refused("a: [1", "is not YAML");
        refused(GOOD + "name: again\n", "Duplicate");
    }

    @Test
    void epochsCountRowsAndStepsCountBatches() {
        assertThat(ExperimentSpec.parse(GOOD, "x").training().settings(600).rows())
                .isEqualTo(960);
        assertThat(ExperimentSpec.parse(GOOD.replace("steps: 60", "epochs: 2"), "x")
                        .training()
                        .settings(600)
                        .rows())
                .isEqualTo(1200);
    }

    static List<Path> experiments() throws IOException {
        try (var files = Files.list(Path.of("experiments"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("experiments")
    void everyPublishedExperimentReads(Path file) {
        assertThat(ExperimentSpec.read(file, Map.of()).name()).isNotBlank();
    }

    @Test
    void overridesReplaceValuesByTheirPath(@TempDir Path folder) throws IOException {
        var file = Files.writeString(folder.resolve("kl.yaml"), GOOD);
        var spec = ExperimentSpec.read(file, Map.of("training.seed", "7", "defenses.0.weight", "2", "name", "other"));
        assertThat(spec.training().seed()).isEqualTo(7);
        assertThat(spec.name()).isEqualTo("other");
        assertThat(spec.yaml()).contains("weight: 2.0");
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ExperimentSpec.read(file, Map.of("defenses.3.weight", "2")))
                .withMessageContaining("there is no defenses.3.weight to set");
    }

    @Test
    void pathsLeadFromTheFolderOfTheSpec(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("rows.jsonl"), "");
        var yaml = GOOD.replace("task: {type: BadMedicalAdvice}", "data: {path: rows.jsonl}");
        var spec = ExperimentSpec.read(Files.writeString(folder.resolve("own.yaml"), yaml), Map.of());
        assertThat(spec.data())
                .isEqualTo(new ExperimentSpec.Rows(folder.resolve("rows.jsonl").toString()));
    }

    @Test
    void whatIsNowhereIsNamedWhereTheSpecLooksForIt(@TempDir Path folder) throws IOException {
        var file = Files.writeString(folder.resolve("own.yaml"), GOOD);
        assertThat(ExperimentSpec.read(file, Map.of("model.path", "../made/model"))
                        .model()
                        .path())
                .isEqualTo(folder.resolveSibling("made/model").toString());
        assertThat(ExperimentSpec.read(file, Map.of("model.path", "made/model"))
                        .model()
                        .path())
                .isEqualTo(Path.of("made/model").toAbsolutePath().toString());
    }

    @Test
    void aSpecThatIsNotThereIsNamed() {
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ExperimentSpec.read(Path.of("no", "such.yaml"), Map.of()))
                .withMessageContaining("there is no spec no");
    }

    private static void refused(String yaml, String... parts) {
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> ExperimentSpec.parse(yaml, "spec.yaml"))
                .withMessageStartingWith("spec.yaml ")
                .satisfies(failure -> assertThat(failure.getMessage()).contains(parts));
    }
}
