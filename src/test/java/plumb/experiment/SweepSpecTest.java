package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import plumb.chat.BadInput;
import plumb.defense.Interleaving;

final class SweepSpecTest {

    private static final String GRID = """
            name: grid
            base:
              model: {path: organism}
              lora: {rank: 4, alpha: 8}
              training: {learning_rate: 1e-4, steps: 2, batch_size: 2}
              evaluations: []
            tasks: [{type: BadMedicalAdvice}, {type: RiskyFinance}]
            arms:
              - {name: no defense, defenses: []}
              - name: mix 0.1
                defenses: [{type: Interleaving, fraction: 0.1, selection: random}]
            seeds: [1, 2, 3]
            """;

    private static final String MEASURED = "evaluations: [{type: EmergentMisalignment, questions: report,"
            + " samples_per_question: 1, temperatures: [0.7], formats: [free], max_new_tokens: 8}]";

    @Test
    void everyTaskMeetsEveryArmAtEverySeed() {
        var cells = SweepSpec.parse(GRID, "grid.yaml").cells();
        assertThat(cells).hasSize(2 * 2 * 3);
        assertThat(cells.getFirst().id()).isEqualTo("bad-medical-advice--no-defense--1");
        assertThat(cells.getLast().id()).isEqualTo("risky-finance--mix-0.1--3");
        assertThat(cells.getLast().spec().training().seed()).isEqualTo(3);
        assertThat(cells.getLast().spec().defenses()).hasSize(1);
    }

    @Test
    void cellsOfOneTaskAndSeedFormAGroup() {
        var groups = SweepSpec.parse(GRID, "grid.yaml").cells().stream()
                .map(SweepSpec.Cell::group)
                .distinct();
        assertThat(groups).hasSize(6);
    }

    @Test
    void aMistakeInAnyCellIsFoundBeforeAnythingRuns() {
        refused(GRID.replace("learning_rate: 1e-4, ", ""), "training.learning_rate: missing");
        refused(
                GRID.replace("fraction", "fracton"),
                "arms[1].defenses[0].fracton: unknown key, did you mean fraction?");
        refused(GRID.replace("[1, 2, 3]", "[1, 1]"), "each needs a name of its own");
        refused(GRID.replace("[1, 2, 3]", "[]"), "at least one of each");
    }

    @Test
    void recommendedStandsForAListOfDefensesWhichTheSavedSpecWritesOut() {
        var cell = SweepSpec.parse(
                        GRID.replace(
                                "defenses: [{type: Interleaving, fraction: 0.1, selection: random}]",
                                "defenses: recommended"),
                        "grid.yaml")
                .cells()
                .getLast()
                .spec();
        assertThat(cell.defenses()).hasAtLeastOneElementOfType(Interleaving.class);
        assertThat(cell.yaml()).contains("type: Interleaving").doesNotContain("recommended");
        refused(GRID.replace("defenses: []", "defenses: recomended"), "arms[0].defenses: must be a list");
    }

    @Test
    void earlyStoppingIsASettingOfAnArmAndNeedsCheckpoints() {
        var early = GRID.replace("defenses: []", "defenses: [], early_stopping: {most: 0.02}");
        refused(early, "early_stopping chooses among checkpoints");
        var cell = SweepSpec.parse(
                        early.replace("most: 0.02}", "most: 0.02}, checkpoint_every: 1")
                                .replace("evaluations: []", MEASURED),
                        "grid.yaml")
                .cells()
                .getFirst()
                .spec();
        assertThat(cell.earlyStopping()).isEqualTo(new ExperimentSpec.EarlyStopping(0.02));
        assertThat(ExperimentSpec.parse(cell.yaml(), "saved")).isEqualTo(cell);
        refused(early.replace("0.02", "2.0"), "most must be between 0 and 1");
    }

    @Test
    void theDemoAndTheDoctorAreSound() {
        assertThat(SweepSpec.demo().cells()).hasSize(5);
        assertThat(SweepSpec.doctor().cells()).hasSize(2);
    }

    @Test
    void tasksThatDifferInAListOnlyHaveNamesOfTheirOwn() {
        var grid = SweepSpec.read(Path.of("experiments/sweeps/reward-hacking-mitigations.yaml"), Map.of());
        assertThat(grid.cells())
                .extracting(SweepSpec.Cell::id)
                .contains(
                        "program-tests-equal+exit+report-0.25--no-defense--1",
                        "program-tests-none-0.0--no-defense--3",
                        "program-tests-exit-0.0--no-defense--2")
                .doesNotHaveDuplicates();
    }

    @Test
    void aValueOfAFileCanBeChanged() {
        var changes = Map.of("base.training.steps", "7", "seeds.0", "4");
        var grid = SweepSpec.read(Path.of("experiments/sweeps/reward-hacking.yaml"), changes);
        assertThat(grid.seeds()).containsExactly(4L, 2L, 3L);
        assertThat(grid.cells())
                .extracting(cell -> cell.spec().training().steps())
                .containsOnly(7);
    }

    static List<Path> sweeps() throws IOException {
        try (var files = Files.list(Path.of("experiments", "sweeps"))) {
            return files.filter(file -> file.toString().endsWith(".yaml")).toList();
        }
    }

    @ParameterizedTest
    @MethodSource("sweeps")
    void everyPublishedSweepReads(Path file) throws IOException {
        assertThat(SweepSpec.parse(Files.readString(file), file.toString()).cells())
                .isNotEmpty();
    }

    private static void refused(String yaml, String part) {
        assertThatExceptionOfType(BadInput.class)
                .isThrownBy(() -> SweepSpec.parse(yaml, "grid.yaml"))
                .withMessageContaining(part);
    }
}
