package plumb.model.safetensors;

import static plumb.model.safetensors.SafetensorsHeader.bad;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import plumb.chat.BadInput;

/**
 * A safetensors file mapped from disk: an 8-byte header length, a JSON header, then the tensors' bytes. Opening checks
 * that the tensors lie in the file one after another, without gap or overlap, each as long as its shape and type say.
 * Opening reads the header only; data comes from disk when it is touched.
 */
public final class SafetensorsFile implements AutoCloseable {
    private static final long LONGEST_HEADER = 100_000_000;
    private static final String POINTER = "version https://git-lfs";
    private static final ValueLayout.OfLong LITTLE_ENDIAN_LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Path path;
    private final Arena arena;
    private final Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata;

    private SafetensorsFile(Path path, Arena arena, MemorySegment file) {
        this.path = path;
        this.arena = arena;
        requireNoPointer(file);
        long headerBytes = headerBytes(file);
        var json = file.asSlice(8, headerBytes).toArray(ValueLayout.JAVA_BYTE);
        var header = SafetensorsHeader.parse(json, path.toString());
        this.metadata = Collections.unmodifiableMap(header.metadata());
        take(header.entries(), file.asSlice(8 + headerBytes));
    }

    /** Maps the file; {@link BadInput} naming file and tensor if anything about it is wrong. */
    public static SafetensorsFile open(Path path) {
        var arena = Arena.ofShared();
        try {
            if (!Files.isRegularFile(path)) {
                throw new NoSuchFileException(path.toString());
            }
            try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
                var mapped = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
                return new SafetensorsFile(path, arena, mapped);
            }
        } catch (NoSuchFileException e) {
            arena.close();
            throw new BadInput("there is no weight file at " + path, e);
        } catch (IOException e) {
            arena.close();
            throw new BadInput("cannot read " + path + ": " + e.getMessage(), e);
        } catch (BadInput e) {
            arena.close();
            throw e;
        }
    }

    public Path path() {
        return path;
    }

    /** Names in the order of their data. */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /** The free-text map of the header. */
    public Map<String, String> metadata() {
        return metadata;
    }

    /** The tensor of this name; its data is valid until {@link #close}. */
    public StoredTensor tensor(String name) {
        var tensor = tensors.get(name);
        if (tensor == null) {
            throw new BadInput(path + " holds no tensor named " + name);
        }
        return tensor;
    }

    /** The bytes of a tensor, straight from the mapped file. */
    public MemorySegment data(String name) {
        return tensor(name).data();
    }

    /** Unmaps the file. Nothing may use its data any more: native tensors over it must be gone. */
    @Override
    public void close() {
        arena.close();
    }

    /** What git leaves in place of a large file that was not fetched. */
    private void requireNoPointer(MemorySegment file) {
        var start = file.asSlice(0, Math.min(POINTER.length(), file.byteSize())).toArray(ValueLayout.JAVA_BYTE);
        if (new String(start, StandardCharsets.US_ASCII).equals(POINTER)) {
            throw new BadInput(
                    path + " is a git-lfs pointer, not the weights themselves: run `git lfs pull` where it was"
                            + " cloned, or download the file");
        }
    }

    private long headerBytes(MemorySegment file) {
        if (file.byteSize() < 8) {
            throw bad(path.toString(), "it has " + file.byteSize() + " bytes, too few for a header");
        }
        long bytes = file.get(LITTLE_ENDIAN_LONG, 0);
        if (bytes < 2 || bytes > LONGEST_HEADER || bytes > file.byteSize() - 8) {
            throw bad(
                    path.toString(),
                    "it claims a header of " + Long.toUnsignedString(bytes) + " bytes, the whole file has "
                            + file.byteSize());
        }
        return bytes;
    }

    private void take(List<SafetensorsHeader.Entry> entries, MemorySegment data) {
        long reached = 0;
        var inOrder = entries.stream()
                .sorted(Comparator.comparingLong(SafetensorsHeader.Entry::begin)
                        .thenComparingLong(SafetensorsHeader.Entry::end))
                .toList();
        for (var entry : inOrder) {
            checkPlace(entry, reached, data.byteSize());
            checkSize(entry);
            tensors.put(
                    entry.name(),
                    new StoredTensor(
                            entry.name(),
                            entry.dtype(),
                            entry.shape(),
                            data.asSlice(entry.begin(), entry.end() - entry.begin())));
            reached = entry.end();
        }
        if (reached != data.byteSize()) {
            throw bad(
                    path.toString(),
                    "it has " + data.byteSize() + " bytes of data, its tensors account for " + reached);
        }
    }

    private void checkPlace(SafetensorsHeader.Entry entry, long reached, long size) {
        var claim = "tensor " + entry.name() + " claims bytes " + entry.begin() + " to " + entry.end();
        if (entry.end() < entry.begin()) {
            throw bad(path.toString(), claim);
        }
        if (entry.end() > size) {
            throw bad(path.toString(), claim + ", the data ends at " + size + " (was the file cut off?)");
        }
        if (entry.begin() < reached) {
            throw bad(path.toString(), claim + ", which overlap the tensor before it");
        }
        if (entry.begin() > reached) {
            throw bad(path.toString(), claim + ", which leaves unused bytes from " + reached);
        }
    }

    private void checkSize(SafetensorsHeader.Entry entry) {
        long claimed = entry.end() - entry.begin();
        long expected;
        try {
            expected = StoredTensor.bytes(entry.dtype(), entry.shape());
        } catch (ArithmeticException e) {
            expected = -1;
        }
        if (claimed != expected) {
            throw bad(
                    path.toString(),
                    "tensor " + entry.name() + " of shape " + entry.shape() + " and type " + entry.dtype()
                            + " does not take the " + claimed + " bytes it claims");
        }
    }
}
