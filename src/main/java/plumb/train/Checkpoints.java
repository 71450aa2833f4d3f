package plumb.train;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import plumb.chat.BadInput;
import plumb.model.Adapter;
import plumb.model.AdapterFolder;
import plumb.model.Decoder;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.torch.AdamW;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * The checkpoints of one run: {@code step-000500/} with the adapter in PEFT layout, the optimizer's moments and the
 * progress. A checkpoint is written aside, flushed to disk and then renamed, so every folder of that name is whole
 * whatever happens. Training draws no random numbers as it goes: the order of rows comes from the seed, so the step says
 * where the data stands, and a resumed run ends with the same adapter bit for bit.
 */
public final class Checkpoints {
    private static final String OPTIMIZER = "optimizer.safetensors";
    private static final String PROGRESS = "progress.json";

    private final Path folder;
    private final int keep;
    private final String identity;

    /** A checkpoint's {@value #PROGRESS}. */
    private record Progress(long step, Fingerprint fingerprint) {}

    /**
     * Where a run keeps its checkpoints.
     *
     * @param folder made when it is needed
     * @param keep how many of the newest stay; 0 keeps all
     * @param identity what else must be equal to resume, e.g. a hash of the spec with its defenses
     */
    public Checkpoints(Path folder, int keep, String identity) {
        this.folder = folder;
        this.keep = keep;
        this.identity = identity;
    }

    String identity() {
        return identity;
    }

    /** All checkpoints that are whole, oldest first. Each can be read as an adapter. */
    public List<Path> all() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var entries = Files.list(folder)) {
            return entries.filter(entry -> name(entry).matches("step-\\d+"))
                    .sorted(Comparator.comparingLong(Checkpoints::step))
                    .toList();
        } catch (IOException e) {
            throw new BadInput("cannot look for checkpoints in " + folder + ": " + e, e);
        }
    }

    /** The newest checkpoint. */
    public Optional<Path> latest() {
        var all = all();
        return all.isEmpty() ? Optional.empty() : Optional.of(all.getLast());
    }

    /** After how many steps a checkpoint was written. */
    public static long step(Path checkpoint) {
        return Long.parseLong(name(checkpoint).substring("step-".length()));
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    /** Writes a checkpoint; if that fails, those before it are untouched. */
    Path save(long step, Fingerprint fingerprint, Adapter adapter, AdamW optimizer) {
        var target = folder.resolve(String.format(Locale.ROOT, "step-%06d", step));
        var partial = folder.resolve(".step-%06d.partial".formatted(step));
        try {
            delete(partial);
            AdapterFolder.write(partial, adapter, fingerprint.base());
            try (var _ = new Scope()) {
                SafetensorsWriter.write(partial.resolve(OPTIMIZER), moments(optimizer), Map.of());
            }
            var json = JsonMapper.shared().writeValueAsBytes(new Progress(step, fingerprint));
            write(partial.resolve(PROGRESS), json);
            delete(target);
            Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
            flush(folder);
            dropOld();
            return target;
        } catch (IOException | BadInput e) {
            try {
                delete(partial);
            } catch (IOException cleaning) {
                e.addSuppressed(cleaning);
            }
            throw new BadInput(
                    "the checkpoint after step " + step + " could not be written: " + e.getMessage()
                            + ". "
                            + latest().map(path -> path + " is whole; make room and resume from it.")
                                    .orElse("There was none before it."),
                    e);
        }
    }

    private static List<StoredTensor> moments(AdamW optimizer) {
        var stored = new ArrayList<StoredTensor>();
        for (int i = 0; i < optimizer.means().size(); i++) {
            stored.add(AdapterFolder.stored("mean." + i, optimizer.means().get(i)));
            stored.add(AdapterFolder.stored("square." + i, optimizer.squares().get(i)));
        }
        return stored;
    }

    private static void write(Path file, byte[] bytes) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (var buffer = ByteBuffer.wrap(bytes); buffer.hasRemaining(); ) {
                channel.write(buffer);
            }
            channel.force(true);
        }
    }

    /** Makes the names in a folder durable, where the system lets a folder be opened. */
    private static void flush(Path folder) throws IOException {
        if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private void dropOld() throws IOException {
        var all = all();
        for (int i = 0; keep > 0 && i < all.size() - keep; i++) {
            delete(all.get(i));
        }
    }

    /** Checkpoints hold files only. */
    private static void delete(Path checkpoint) throws IOException {
        if (Files.isDirectory(checkpoint)) {
            try (var files = Files.list(checkpoint)) {
                for (var file : files.toList()) {
                    Files.delete(file);
                }
            }
            Files.delete(checkpoint);
        }
    }

    /** Continues from the newest checkpoint if there is one; the number of steps that are done. */
    long resume(Fingerprint here, Decoder decoder, Adapter adapter, AdamW optimizer) {
        var latest = latest();
        if (latest.isEmpty()) {
            return 0;
        }
        var checkpoint = latest.get();
        var progress = progress(checkpoint.resolve(PROGRESS));
        var differences = progress.fingerprint().differences(here);
        if (!differences.isEmpty()) {
            throw new BadInput(checkpoint + " belongs to another run: "
                    + String.join(", ", differences.keySet()) + " differ. Use another folder, or remove " + folder
                    + " to begin anew. " + differences);
        }
        try (var _ = new Scope();
                var _ = Autograd.pause();
                var saved = AdapterFolder.read(checkpoint, decoder)) {
            for (int i = 0; i < adapter.parameters().size(); i++) {
                adapter.parameters().get(i).copyInPlace(saved.parameters().get(i));
            }
            restore(checkpoint, optimizer, progress.step());
        }
        return progress.step();
    }

    private static void restore(Path checkpoint, AdamW optimizer, long step) {
        try (var file = SafetensorsFile.open(checkpoint.resolve(OPTIMIZER));
                var _ = new Scope()) {
            var means = new ArrayList<Tensor>();
            var squares = new ArrayList<Tensor>();
            for (int i = 0; i < optimizer.means().size(); i++) {
                means.add(moment(file, "mean." + i, optimizer.means().get(i)));
                squares.add(moment(file, "square." + i, optimizer.squares().get(i)));
            }
            optimizer.restore(means, squares, step);
        }
    }

    private static Tensor moment(SafetensorsFile file, String name, Tensor like) {
        var stored = file.tensor(name);
        if (!java.util.Arrays.equals(stored.sizes(), like.shape())) {
            throw new BadInput(file.path() + ": " + name + " has the shape " + stored.shape() + ", expected " + like);
        }
        return Tensor.over(stored.data(), stored.dtype(), stored.sizes());
    }

    private static Progress progress(Path file) {
        try {
            return JsonMapper.shared().readValue(Files.readAllBytes(file), Progress.class);
        } catch (IOException | JacksonException e) {
            throw new BadInput(
                    "cannot read " + file + ": " + e.getMessage() + ". Remove this checkpoint's folder to"
                            + " resume from the one before it.",
                    e);
        }
    }
}
