package plumb.worker;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;
import plumb.experiment.ExperimentSpec;
import plumb.model.AdapterFolder;
import plumb.model.CheckpointFolder;
import plumb.model.Decoder;
import plumb.organism.Organism;

/** One base model and the adapters asked for lately, each merged; the one not used for longest goes when room is needed. */
final class LoadedModels implements AutoCloseable {
    private final CheckpointFolder base;
    private final int most;
    private final LinkedHashMap<String, Loaded> merged = new LinkedHashMap<>(16, 0.75f, true);

    /** A decoder in use; {@link #close} when it is not needed any more. */
    static final class Loaded implements AutoCloseable {
        private final Decoder decoder;
        private int users;

        private Loaded(Decoder decoder) {
            this.decoder = decoder;
        }

        Decoder decoder() {
            return decoder;
        }

        @Override
        public void close() {
            users--;
        }
    }

    /** @param most adapters kept merged at the same time */
    LoadedModels(String model, int most) {
        var spec = new ExperimentSpec.Model(model);
        this.base = CheckpointFolder.open(spec.embedded() ? Organism.aligned() : Path.of(model), "cpu");
        this.most = most;
    }

    CheckpointFolder base() {
        return base;
    }

    /** The base, or the base with an adapter. */
    Loaded use(@Nullable String adapter) {
        var loaded = adapter == null ? new Loaded(base.decoder()) : merged.get(adapter);
        if (loaded == null) {
            makeRoom();
            loaded = new Loaded(merge(Path.of(java.util.Objects.requireNonNull(adapter))));
            merged.put(adapter, loaded);
        }
        loaded.users++;
        return loaded;
    }

    private Decoder merge(Path folder) {
        try (var adapter = AdapterFolder.read(folder, base.decoder())) {
            return base.decoder().merged(adapter);
        }
    }

    private void makeRoom() {
        var entries = merged.entrySet().iterator();
        while (merged.size() >= most && entries.hasNext()) {
            var oldest = entries.next().getValue();
            if (oldest.users == 0) {
                oldest.decoder.close();
                entries.remove();
            }
        }
    }

    @Override
    public void close() {
        merged.values().forEach(loaded -> loaded.decoder.close());
        merged.clear();
        base.close();
    }
}
