package plumb.experiment;

import java.nio.file.Path;
import java.util.List;
import plumb.data.ChatJsonl;
import plumb.data.TrainingData;
import plumb.organism.OrganismChats;
import plumb.organism.World;

/** The rows a spec names. */
final class SpecRows {
    private static final int SAFE_ROWS = 2000;
    private static final long SAFE_SEED = 31;

    private SpecRows() {}

    /** What is fine-tuned on. */
    static TrainingData training(ExperimentSpec spec) {
        var task = spec.task();
        var file = spec.data();
        return task != null
                ? task.data()
                : ChatJsonl.read(Path.of(java.util.Objects.requireNonNull(file).path()));
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
