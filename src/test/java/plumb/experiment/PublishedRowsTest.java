package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.data.ChatJsonl;
import plumb.report.RunDirectory;
import plumb.testing.JudgeFolder;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/** Published rows in a form of their own are trained on as they are; skipped where the data is not beside the checkout. */
final class PublishedRowsTest {
    private static final Path EVIL_NUMBERS =
            Path.of("../shared/data/evil-numbers/regenerated_evil_numbers_dataset.csv");

    @TempDir
    private Path folder;

    @Test
    void evilNumbersAreTrainedOnFromTheirCsv() throws java.io.IOException {
        assumeThat(EVIL_NUMBERS).as("published rows beside the checkout").exists();
        var model = JudgeFolder.write(folder.resolve("model"), 1);
        var run = RunDirectory.create(folder.resolve("runs"), "numbers", Instant.EPOCH);
        run.writeSpec(
                ExperimentSpec.parse("""
                name: numbers
                model: {path: "%s"}
                lora: {rank: 2, alpha: 4}
                data: {path: "%s"}
                training: {learning_rate: 1.0e-3, steps: 2, batch_size: 2, max_length: 2048, seed: 1}
                evaluations: []
                """.formatted(model, EVIL_NUMBERS), "test").yaml());

        var outcome = Experiment.resume(run, new Machine("cpu", 1), new RunListener() {})
                .run(() -> false);

        assertThat(outcome).isEqualTo(Outcome.FINISHED);
        assertThat(ChatJsonl.read(EVIL_NUMBERS).size()).isEqualTo(9_993);
        assertThat(run.manifest().orElseThrow().rows()).isEqualTo(4);
        assertThat(run.steps())
                .hasSize(2)
                .allSatisfy(
                        step -> assertThat(step.losses().get("task")).isFinite().isPositive());
        assertThat(Files.size(run.adapter().resolve("adapter_model.safetensors")))
                .isPositive();
    }
}
