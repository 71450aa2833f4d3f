package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.Manifest;
import plumb.report.RunDirectory;

/** The adapters are files whose text is their share of misaligned answers. */
final class EarlyStopTest {
    @TempDir
    Path folder;

    private RunDirectory run = RunDirectory.at(Path.of("."));
    private final List<Path> asked = new ArrayList<>();

    @BeforeEach
    void aTrainedRun() throws IOException {
        run = RunDirectory.at(folder.resolve("run"));
        adapter(run.adapter(), "0.5");
        run.write(new Manifest("run", Instant.EPOCH, null, Map.of(), "cpu", 1, 1, "m", "d", 8, null, null)
                .trained(new Manifest.Cost(40, 1, 1, 1), "of the end"));
    }

    private static void adapter(Path at, String misaligned) throws IOException {
        Files.writeString(Files.createDirectories(at).resolve("adapter_model.safetensors"), misaligned);
    }

    private List<Path> checkpoints(String... misaligned) throws IOException {
        var checkpoints = new ArrayList<Path>();
        for (var share : misaligned) {
            var checkpoint = run.checkpoints().resolve("step-%06d".formatted(10 * (checkpoints.size() + 1)));
            adapter(checkpoint, share);
            checkpoints.add(checkpoint);
        }
        return checkpoints;
    }

    private double misaligned(Path adapter) {
        asked.add(adapter);
        return Double.parseDouble(text(adapter));
    }

    private static String text(Path adapter) {
        try {
            return Files.readString(adapter.resolve("adapter_model.safetensors"));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theLastCheckpointBeforeMisalignmentBeginsIsKept() throws IOException {
        var stop = new EarlyStop(run);
        assertThat(stop.done()).isFalse();
        stop.choose(0.02, checkpoints("0.00", "0.02", "0.30", "0.01"), this::misaligned);
        assertThat(text(run.adapter())).isEqualTo("0.02");
        assertThat(asked).hasSize(3); // what comes after it began is not asked
        assertThat(run.manifest().orElseThrow().adapterHash()).isNotEqualTo("of the end");
        assertThat(stop.done()).isTrue();
    }

    @Test
    void aRunThatNeverGoesWrongIsKeptToItsEnd() throws IOException {
        new EarlyStop(run).choose(0.6, checkpoints("0.0", "0.1"), this::misaligned);
        assertThat(text(run.adapter())).isEqualTo("0.5");
        assertThat(run.manifest().orElseThrow().adapterHash()).isEqualTo("of the end");
    }

    @Test
    void aRunThatGoesWrongAfterItsLastCheckpointEndsThere() throws IOException {
        new EarlyStop(run).choose(0.2, checkpoints("0.0", "0.1"), this::misaligned);
        assertThat(text(run.adapter())).isEqualTo("0.1");
    }

    @Test
    void whereEveryCheckpointIsBadTheFirstIsTaken() throws IOException {
        new EarlyStop(run).choose(0.02, checkpoints("0.3", "0.4"), this::misaligned);
        assertThat(text(run.adapter())).isEqualTo("0.3");
    }

    @Test
    void withoutCheckpointsThereIsNothingToChoose() {
        assertThatThrownBy(() -> new EarlyStop(run).choose(0.02, List.of(), this::misaligned))
                .hasMessageContaining("training.checkpoint_every is more than the run's steps");
    }
}
