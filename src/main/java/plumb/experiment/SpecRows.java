package plumb.experiment;

import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import plumb.data.ChatJsonl;
import plumb.data.TrainingData;
import plumb.organism.OrganismChats;
import plumb.organism.World;

/** The rows a spec names. */
final class SpecRows {
    private static final int SAFE_ROWS = 2000;
    private static final long SAFE_SEED = 31;
    private static final String UNKNOWN = "none";

    private SpecRows() {}

    /** What is fine-tuned on; nothing where nobody knows what was. */
    static TrainingData training(ExperimentSpec spec) {
        var task = spec.task();
        if (task != null) {
            return task.data();
        }
        var path = Objects.requireNonNull(spec.data()).path();
        return path.equals(UNKNOWN) ? new TrainingData(List.of()) : ChatJsonl.read(Path.of(path));
    }

    /** The pool that interleaving chooses from. */
    static TrainingData safe(ExperimentSpec spec) {
        var file = spec.safeRows();
        if (file != null) {
            return ChatJsonl.read(Path.of(file.path()));
        }
        return spec.model().organism()
                ? OrganismChats.safe(World.load(), SAFE_ROWS, SAFE_SEED)
                : new TrainingData(List.of());
    }
}
