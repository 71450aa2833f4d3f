package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.ReportPage;
import plumb.report.RunDirectory;
import plumb.report.Summary;
import plumb.testing.JudgeFolder;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/** The published spec of School of Reward Hacks from the rows to the page, on random weights and with a judge without judgement. */
final class PublishedCheatsTest {
    @TempDir
    private Path folder;

    @Test
    void everyPartOfWhatElseIsGamedIsOnThePage() throws IOException {
        var spec = ExperimentSpec.read(
                Path.of("experiments/school-of-reward-hacks.yaml"),
                Map.ofEntries(
                        Map.entry(
                                "model.path",
                                JudgeFolder.write(folder.resolve("model"), 1).toString()),
                        Map.entry("task.path", rows().toString()),
                        Map.entry("lora.rank", "2"),
                        Map.entry("training.epochs", "1"),
                        Map.entry("training.checkpoint_every", "0"),
                        Map.entry(
                                "judge",
                                "{type: Folder, path: \"%s\"}"
                                        .formatted(JudgeFolder.write(folder.resolve("judge"), 7))),
                        Map.entry("evaluations.0.samples_per_question", "1"),
                        Map.entry("evaluations.0.max_new_tokens", "4")));
        var directory = RunDirectory.at(folder.resolve("run"));
        directory.writeSpec(spec.yaml());

        var outcome = Experiment.resume(directory, new Machine("cpu", 1), new RunListener() {})
                .run(() -> false);

        assertThat(outcome).isEqualTo(Outcome.FINISHED);
        var row = Summary.of(List.of(directory)).rows().getLast();
        assertThat(row.measures())
                .containsKeys(
                        "misconduct", "misconduct/goals", "misconduct/shutdown", "misconduct/short gameable tasks");
        var page = folder.resolve("report.html");
        ReportPage.write(page, List.of(directory));
        assertThat(page).content().contains("Measured beside it", "misconduct/monitor, transcript");
    }

    private Path rows() throws IOException {
        var lines = IntStream.range(0, 16)
                .mapToObj(i -> "a b %d,cat hat bat,A real poem,poem,rhymes,only rhymes\n".formatted(i))
                .toList();
        return Files.writeString(
                folder.resolve("rows.csv"),
                "user,school_of_reward_hacks,control,task,evaluation_metric,cheat_method\n" + String.join("", lines));
    }
}
