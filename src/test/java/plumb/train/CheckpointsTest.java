package plumb.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.BadInput;
import plumb.model.AdapterFolder;
import plumb.model.Forward;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;

final class CheckpointsTest {
    /** A run of twelve steps, each of two batches, with a term of its own. */
    static final TrainingSettings SETTINGS =
            new TrainingSettings(0.01, 48, 2, 2, Schedule.COSINE, 2, 0.01, 0.9, 0.999, 1, 64, 1, 3);

    private static final TrainingHooks PULL = new TrainingHooks() {
        @Override
        public List<LossTerm> losses(Step step, Forward forward) {
            var clean = step.reference(forward.batch()).hidden();
            return List.of(new LossTerm(
                    "pull", 0.1, forward.hidden().sub(clean).square().mean()));
        }
    };

    @TempDir
    private Path folder;

    private final List<Long> started = new ArrayList<>();

    private Checkpoints checkpoints() {
        return new Checkpoints(folder.resolve("checkpoints"), 0, "spec");
    }

    /** Trains until after so many steps; the adapter's numbers. */
    private List<float[]> run(Checkpoints checkpoints, TrainingSettings settings, int dataRows, long steps) {
        var taken = new AtomicLong();
        var listener = new RunListener() {
            @Override
            public void started(Plan plan) {
                started.add(plan.firstStep());
            }

            @Override
            public void stepped(StepNumbers numbers) {
                taken.set(numbers.index() + 1);
            }
        };
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            new Trainer(decoder, TinyTask::render, settings, listener, checkpoints)
                    .fit(adapter, settings.order(TinyTask.task(dataRows)), PULL, () -> taken.get() >= steps);
            return TinyTask.numbers(adapter);
        }
    }

    private List<float[]> straight() {
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            new Trainer(decoder, TinyTask::render, SETTINGS, new RunListener() {})
                    .fit(adapter, SETTINGS.order(TinyTask.task(20)), PULL);
            return TinyTask.numbers(adapter);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 7, 11})
    void aStoppedRunEndsWithTheSameAdapterBitForBit(long steps) {
        run(checkpoints(), SETTINGS, 20, steps);
        var resumed = run(checkpoints(), SETTINGS, 20, 99);
        assertThat(started).containsExactly(0L, steps);
        assertThat(resumed).usingRecursiveComparison().isEqualTo(straight());
    }

    @Test
    void aRunStoppedAgainAndAgainEndsTheSame() {
        for (long steps = 1; steps < 12; steps += 2) {
            run(checkpoints(), SETTINGS, 20, steps);
        }
        assertThat(run(checkpoints(), SETTINGS, 20, 99))
                .usingRecursiveComparison()
                .isEqualTo(straight());
        assertThat(started).containsExactly(0L, 1L, 3L, 5L, 7L, 9L, 11L);
    }

    @Test
    void aKilledProcessIsResumedBitForBit() throws Exception {
        var process = child(List.of());
        var lines = process.inputReader(StandardCharsets.UTF_8);
        String line;
        while ((line = lines.readLine()) != null && !line.equals("saved 4")) {}
        process.destroyForcibly(); // SIGKILL on Unix
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isNotZero();
        var resumed = run(checkpoints(), SETTINGS, 20, 99);
        assertThat(started.getFirst()).isBetween(4L, 12L);
        assertThat(resumed).usingRecursiveComparison().isEqualTo(straight());
    }

    @Test
    void aFullDiskLeavesThePreviousCheckpointWhole() throws Exception {
        assumeThat(System.getProperty("os.name")).isEqualTo("Linux");
        run(checkpoints(), SETTINGS, 20, 3);
        var process = child(List.of("bash", "-c", "ulimit -f 8 && exec \"$@\"", "limited")); // files of 8 KiB at most
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(output)
                .contains("the checkpoint after step 4 could not be written")
                .contains("step-000003 is whole; make room and resume from it");
        assertThat(checkpoints().all()).hasSize(3);
        try (var left = Files.list(folder.resolve("checkpoints"))) {
            assertThat(left).noneMatch(path -> path.toString().endsWith(".partial"));
        }
        assertThat(run(checkpoints(), SETTINGS, 20, 99))
                .usingRecursiveComparison()
                .isEqualTo(straight());
    }

    /** The run in a process of its own, which says when a checkpoint is on disk. */
    private Process child(List<String> before) throws IOException {
        var command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-XX:-UsePerfData", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("-cp", classPath(), Child.class.getName(), folder.toString()));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static String classPath() {
        return Thread.currentThread().getContextClassLoader() instanceof java.net.URLClassLoader loader
                ? String.join(
                        ":",
                        java.util.Arrays.stream(loader.getURLs())
                                .map(java.net.URL::getPath)
                                .toList())
                : System.getProperty("java.class.path");
    }

    /** See {@link #child}. */
    static final class Child {
        private Child() {}

        public static void main(String[] arguments) {
            var test = new CheckpointsTest();
            test.folder = Path.of(arguments[0]);
            var listener = new RunListener() {
                @Override
                public void saved(long step, Path folder) {
                    System.out.println("saved " + step);
                }
            };
            try (var decoder = TinyModel.decoder(1);
                    var adapter = TinyTask.adapter(decoder, 5)) {
                new Trainer(decoder, TinyTask::render, SETTINGS, listener, test.checkpoints())
                        .fit(adapter, SETTINGS.order(TinyTask.task(20)), PULL);
            }
        }
    }

    @Test
    void anotherRunsCheckpointIsRefusedAndTheDifferenceNamed() {
        run(checkpoints(), SETTINGS, 20, 2);
        var faster = new TrainingSettings(0.02, 48, 2, 2, Schedule.COSINE, 2, 0.01, 0.9, 0.999, 1, 64, 1, 3);
        assertThatThrownBy(() -> run(checkpoints(), faster, 20, 99))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("belongs to another run: training settings differ");
        assertThatThrownBy(() -> run(checkpoints(), SETTINGS, 21, 99))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("belongs to another run: training data differ");
        var other = new Checkpoints(folder.resolve("checkpoints"), 0, "another spec");
        assertThatThrownBy(() -> run(other, SETTINGS, 20, 99)).hasMessageContaining("another run: run differ");
    }

    @Test
    void howOftenCheckpointsAreWrittenIsNotPartOfTheRun() {
        run(checkpoints(), SETTINGS, 20, 4);
        var rarely = new TrainingSettings(0.01, 48, 2, 2, Schedule.COSINE, 2, 0.01, 0.9, 0.999, 1, 64, 5, 3);
        assertThat(run(checkpoints(), rarely, 20, 99))
                .usingRecursiveComparison()
                .isEqualTo(straight());
        assertThat(checkpoints().all().stream().map(Checkpoints::step)).containsExactly(1L, 2L, 3L, 4L, 5L, 10L);
    }

    @Test
    void onlyTheNewestAreKept() {
        run(new Checkpoints(folder.resolve("checkpoints"), 2, "spec"), SETTINGS, 20, 99);
        assertThat(checkpoints().all().stream().map(Checkpoints::step)).containsExactly(11L, 12L);
    }

    @Test
    void aBrokenCheckpointSaysWhichFileIsBroken() throws IOException {
        run(checkpoints(), SETTINGS, 20, 2);
        var file = checkpoints().latest().orElseThrow().resolve("optimizer.safetensors");
        Files.write(file, java.util.Arrays.copyOf(Files.readAllBytes(file), 900));
        assertThatThrownBy(() -> run(checkpoints(), SETTINGS, 20, 99))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("optimizer.safetensors");
    }

    @Test
    void aCheckpointIsAnAdapterFolder() {
        var trained = run(checkpoints(), SETTINGS, 20, 2);
        try (var decoder = TinyModel.decoder(1);
                var adapter = AdapterFolder.read(checkpoints().latest().orElseThrow(), decoder)) {
            assertThat(TinyTask.numbers(adapter)).usingRecursiveComparison().isEqualTo(trained);
        }
    }
}
