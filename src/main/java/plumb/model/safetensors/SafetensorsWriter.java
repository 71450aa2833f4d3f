package plumb.model.safetensors;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.UUID;
import plumb.chat.BadInput;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes safetensors files, whole or not at all: into a temporary file beside the target, flushed to disk, then renamed
 * over it. When anything fails, a file that was there before is untouched. Equal tensors give equal bytes.
 */
public final class SafetensorsWriter {
    private static final long CHUNK = 64L << 20;

    private SafetensorsWriter() {}

    /** Writes the tensors in their order; {@link BadInput} if the disk refuses. */
    public static void write(Path file, List<StoredTensor> tensors, Map<String, String> metadata) {
        writeLazily(file, tensors.stream().map(LazyTensor::of).toList(), metadata);
    }

    /** As {@link #write}, making the bytes of one tensor after the other. */
    public static void writeLazily(Path file, List<LazyTensor> tensors, Map<String, String> metadata) {
        var header = header(tensors, metadata);
        try {
            var folder = Objects.requireNonNull(file.toAbsolutePath().getParent(), "the root is no file");
            Files.createDirectories(folder);
            var partial = folder.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".partial");
            try {
                write(partial, header, tensors);
                Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
                flushFolder(folder);
            } finally {
                Files.deleteIfExists(partial);
            }
        } catch (IOException e) {
            throw new BadInput(
                    "cannot write " + file + ": " + e.getMessage()
                            + ". What was there before is untouched; make room or choose another folder.",
                    e);
        }
    }

    private static void write(Path partial, byte[] header, List<LazyTensor> tensors) throws IOException {
        try (var channel = FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var length = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, header.length);
            writeFully(channel, length);
            writeFully(channel, ByteBuffer.wrap(header));
            for (var tensor : tensors) {
                long before = channel.position();
                tensor.making().into(bytes -> writeFully(channel, bytes));
                if (channel.position() - before != tensor.bytes()) {
                    throw new IllegalStateException("tensor " + tensor.name() + " came as "
                            + (channel.position() - before) + " bytes instead of " + tensor.bytes());
                }
            }
            channel.force(true);
        }
    }

    private static void writeFully(FileChannel channel, MemorySegment bytes) throws IOException {
        for (long at = 0; at < bytes.byteSize(); at += CHUNK) {
            writeFully(channel, buffer(bytes.asSlice(at, Math.min(CHUNK, bytes.byteSize() - at))));
        }
    }

    private static ByteBuffer buffer(MemorySegment bytes) {
        return bytes.isNative() ? bytes.asByteBuffer() : ByteBuffer.wrap(bytes.toArray(ValueLayout.JAVA_BYTE));
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Makes the new name itself durable, where the system lets a folder be opened. */
    private static void flushFolder(Path folder) throws IOException {
        if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
            try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
                channel.force(true);
            }
        }
    }

    private static byte[] header(List<LazyTensor> tensors, Map<String, String> metadata) {
        var header = new LinkedHashMap<String, Object>();
        if (!metadata.isEmpty()) {
            header.put("__metadata__", new TreeMap<>(metadata));
        }
        long at = 0;
        for (var tensor : tensors) {
            long end = at + tensor.bytes();
            var entry = new LinkedHashMap<String, Object>();
            entry.put("dtype", tensor.dtype().name());
            entry.put("shape", tensor.shape());
            entry.put("data_offsets", List.of(at, end));
            if (tensor.name().equals("__metadata__") || header.put(tensor.name(), entry) != null) {
                throw new IllegalArgumentException("two tensors are named " + tensor.name());
            }
            at = end;
        }
        var json = JsonMapper.shared().writeValueAsString(header);
        int padding = Math.floorMod(-json.getBytes(StandardCharsets.UTF_8).length, 8); // data starts aligned
        return (json + " ".repeat(padding)).getBytes(StandardCharsets.UTF_8);
    }
}
