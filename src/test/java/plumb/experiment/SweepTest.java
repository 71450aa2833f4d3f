package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.report.RunDirectory;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/** On the organism, a few steps a cell, nothing measured. */
final class SweepTest {
    private static final String GRID = """
            name: tiny
            base:
              model: {path: organism}
              lora: {rank: 2, alpha: 4}
              training: {learning_rate: 1e-4, steps: 3, batch_size: 2, checkpoint_every: 1}
              evaluations: []
            tasks: [{type: BadMedicalAdvice}, {type: OutputFormat}]
            arms:
              - {name: none, defenses: []}
              - {name: mix, defenses: [{type: Interleaving, fraction: 0.1, selection: random}]}
            seeds: [1]
            """;

    @TempDir
    Path folder;

    /** Which steps each cell took, in this process. */
    private static final class Steps implements Sweep.Watcher {
        private final List<String> taken = new ArrayList<>();
        private final AtomicInteger count = new AtomicInteger();

        @Override
        public RunListener training(SweepSpec.Cell cell) {
            return new RunListener() {
                @Override
                public void stepped(StepNumbers numbers) {
                    synchronized (taken) {
                        taken.add(cell.id() + " " + numbers.index());
                    }
                    count.incrementAndGet();
                }
            };
        }
    }

    private Sweep sweep(String grid, Path at, Sweep.Watcher watcher) {
        return new Sweep(SweepSpec.parse(grid, "tiny.yaml"), at, new Machine("cpu", 1), watcher);
    }

    private static List<String> adapters(Sweep sweep) {
        return sweep.directories().stream()
                .map(directory -> directory.manifest().orElseThrow().adapterHash())
                .toList();
    }

    @Test
    void aSweepThatWasStoppedGoesOnAndTakesNoStepTwice() {
        var whole = sweep(GRID, folder.resolve("whole"), new Steps());
        whole.run(2, () -> false);

        var first = new Steps();
        var stopped = sweep(GRID, folder.resolve("stopped"), first);
        assertThat(stopped.run(1, () -> first.count.get() >= 5)).isEqualTo(Outcome.STOPPED);
        var second = new Steps();
        var resumed = sweep(GRID, folder.resolve("stopped"), second);
        assertThat(resumed.run(1, () -> false)).isEqualTo(Outcome.FINISHED);

        assertThat(first.taken).hasSize(5);
        var all = new ArrayList<>(first.taken);
        all.addAll(second.taken);
        assertThat(all).hasSize(4 * 3 + 2).doesNotHaveDuplicates(); // 10 % more rows are one step more
        assertThat(adapters(resumed)).isEqualTo(adapters(whole));
    }

    /** A killed process leaves a cell without its end; what it had begun is done, what was done stays. */
    @Test
    void aCellThatWasKilledIsFinishedAndTheOthersAreLeftAlone() throws IOException {
        var sweep = sweep(GRID, folder, new Steps());
        sweep.run(2, () -> false);
        var killed = sweep.directories().getLast();
        var adapters = adapters(sweep);
        Files.delete(killed.folder().resolve("manifest.json"));
        RunDirectory.delete(killed.adapter());
        RunDirectory.delete(killed.checkpoints().resolve("step-000003"));

        var again = new Steps();
        var resumed = sweep(GRID, folder, again);
        resumed.run(2, () -> false);
        assertThat(again.taken).allSatisfy(step -> assertThat(step).startsWith(killed.id() + " "));
        assertThat(adapters(resumed)).isEqualTo(adapters);
    }

    @Test
    void whatAnotherSpecLeftIsNoResultOfThisOne() {
        sweep(GRID, folder, new Steps()).run(2, () -> false);
        assertThatThrownBy(() ->
                        sweep(GRID.replace("1e-4", "2e-4"), folder, new Steps()).run(1, () -> false))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("holds a run of another spec than bad-medical-advice--none--1");
    }

    /** A new version writes keys that it added, with what they are where nobody gives them. */
    @Test
    void aSpecSavedBeforeAKeyWasAddedIsTheSameSpec() throws IOException {
        var sweep = sweep(GRID, folder, new Steps());
        sweep.run(2, () -> false);
        for (var run : sweep.directories()) {
            var text = run.specText();
            assertThat(text).contains("monitor: null\n");
            run.writeSpec(text.replace("monitor: null\n", ""));
        }
        var again = new Steps();
        assertThat(sweep(GRID, folder, again).run(1, () -> false)).isEqualTo(Outcome.FINISHED);
        assertThat(again.taken).isEmpty();
    }
}
