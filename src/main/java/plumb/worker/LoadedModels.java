package plumb.worker;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import plumb.experiment.ExperimentSpec;
import plumb.model.AdapterFolder;
import plumb.model.AnswerBatch;
import plumb.model.AnswerStream.Speaker;
import plumb.model.CheckpointFolder;
import plumb.organism.Organism;

/**
 * One base model, once, and the adapters asked for lately beside it; the one not used for longest goes when room is needed.
 * An adapter costs the memory of its own two factors a module, not another copy of the weights.
 */
final class LoadedModels implements AutoCloseable {
    private final CheckpointFolder base;
    private final AnswerBatch batch;
    private final int most;
    private final LinkedHashMap<String, Loaded> adapters = new LinkedHashMap<>(16, 0.75f, true);

    /** A model in use; {@link #close} when it is not needed any more. */
    static final class Loaded implements AutoCloseable {
        private final Speaker speaker;
        private int users;

        private Loaded(Speaker speaker) {
            this.speaker = speaker;
        }

        Speaker speaker() {
            return speaker;
        }

        @Override
        public void close() {
            users--;
        }
    }

    /** @param most adapters kept at the same time */
    LoadedModels(String model, int most) {
        var spec = new ExperimentSpec.Model(model);
        this.base = CheckpointFolder.open(spec.embedded() ? Organism.aligned() : Path.of(model), "cpu");
        this.batch = new AnswerBatch(base.decoder(), base.format().stopIds());
        this.most = most;
    }

    CheckpointFolder base() {
        return base;
    }

    /** Where all answers of this base are drawn. */
    AnswerBatch batch() {
        return batch;
    }

    /** The base, or the base with an adapter. */
    Loaded use(@Nullable String adapter) {
        var loaded = adapter == null ? new Loaded(new Speaker(base.decoder(), null)) : adapters.get(adapter);
        if (loaded == null) {
            makeRoom();
            var read = AdapterFolder.read(Path.of(Objects.requireNonNull(adapter)), base.decoder());
            loaded = new Loaded(new Speaker(base.decoder(), read));
            adapters.put(adapter, loaded);
        }
        loaded.users++;
        return loaded;
    }

    private void makeRoom() {
        var entries = adapters.entrySet().iterator();
        while (adapters.size() >= most && entries.hasNext()) {
            var oldest = entries.next().getValue();
            if (oldest.users == 0) {
                release(oldest);
                entries.remove();
            }
        }
    }

    private static void release(Loaded loaded) {
        if (loaded.speaker.adapter() != null) {
            loaded.speaker.adapter().close();
        }
    }

    @Override
    public void close() {
        adapters.values().forEach(LoadedModels::release);
        adapters.clear();
        batch.close();
        base.close();
    }
}
