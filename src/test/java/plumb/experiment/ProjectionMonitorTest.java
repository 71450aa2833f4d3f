package plumb.experiment;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.diagnose.LayerVectors;
import plumb.report.Manifest;
import plumb.report.RunDirectory;
import plumb.train.RunListener;

final class ProjectionMonitorTest {
    private static final String SPEC = """
            name: watched
            model: {path: organism}
            lora: {rank: 4, alpha: 8, rslora: false}
            task: {type: BadMedicalAdvice}
            training: {learning_rate: 1.0e-3, steps: 5, batch_size: 4, accumulation: 2, warmup_steps: 0, seed: 1}
            evaluations: []
            """;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void theShiftIsLoggedAndWatchingChangesNothing() {
        var vectors = folder.resolve("vectors.safetensors");
        LayerVectors.single(ones(), 0, 4).write(vectors);
        var watched = run("watched", SPEC + "monitor: {layer: 0, every: 2}\npersona_vectors: " + vectors + "\n");
        var plain = run("plain", SPEC);
        assertThat(hash(watched)).isEqualTo(hash(plain));
        var series = watched.steps().stream()
                .filter(step -> step.losses().containsKey("projection"))
                .toList();
        assertThat(series.stream().map(step -> step.step())).containsExactly(1L, 3L, 5L);
        assertThat(series.getFirst().losses().get("projection")).isEqualTo(0.0);
        assertThat(series.getLast().losses().get("projection")).isNotZero();
    }

    private static float[] ones() {
        var ones = new float[128];
        Arrays.fill(ones, 1);
        return ones;
    }

    private RunDirectory run(String id, String yaml) {
        var directory = RunDirectory.at(folder.resolve(id));
        new Experiment(ExperimentSpec.parse(yaml, id), directory, new Machine("cpu", 1), new RunListener() {})
                .run(() -> false);
        return directory;
    }

    private static String hash(RunDirectory directory) {
        return directory.manifest().map(Manifest::adapterHash).orElseThrow();
    }
}
