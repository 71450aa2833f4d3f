package plumb.experiment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import plumb.report.RunDirectory;
import plumb.train.Checkpoints;

/**
 * Chooses the checkpoint that a run ends with: the last one before misalignment begins. The trainer knows nothing of it; the
 * run has taken all its steps. A run that is resumed in the middle of choosing chooses the same.
 */
final class EarlyStop {
    private static final String EVENT = "stopped early";
    private static final String WEIGHTS = "adapter_model.safetensors";

    private final RunDirectory directory;

    EarlyStop(RunDirectory directory) {
        this.directory = directory;
    }

    boolean done() {
        return directory.happened(EVENT);
    }

    /**
     * Puts the chosen checkpoint in the adapter's place; where every one is fine, the adapter stays, and where none is, the
     * first is taken.
     *
     * @param most the share of misaligned answers that is still put up with
     * @param checkpoints oldest first
     * @param misaligned the share of misaligned answers of an adapter
     */
    void choose(double most, List<Path> checkpoints, ToDoubleFunction<Path> misaligned) {
        if (checkpoints.isEmpty()) {
            throw new IllegalArgumentException(
                    "early_stopping found no checkpoint: training.checkpoint_every is more than the run's steps");
        }
        var scores = new LinkedHashMap<Long, Double>();
        Path chosen = checkpoints.getFirst();
        for (var checkpoint : checkpoints) {
            double score = misaligned.applyAsDouble(checkpoint);
            scores.put(Checkpoints.step(checkpoint), score);
            if (score > most) {
                break;
            }
            chosen = checkpoint;
        }
        boolean toTheEnd =
                chosen.equals(checkpoints.getLast()) && misaligned.applyAsDouble(directory.adapter()) <= most;
        if (!toTheEnd) {
            take(chosen);
        }
        directory.event(EVENT, Map.of("at", toTheEnd ? "the end" : Checkpoints.step(chosen), "misaligned", scores));
    }

    private void take(Path checkpoint) {
        try {
            Files.copy(
                    checkpoint.resolve(WEIGHTS),
                    directory.adapter().resolve(WEIGHTS),
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot put " + checkpoint + " in the adapter's place", e);
        }
        var manifest = directory.manifest().orElseThrow();
        directory.write(
                manifest.trained(Objects.requireNonNull(manifest.training()), Fitting.hash(directory.adapter())));
    }
}
