package plumb.model;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import plumb.hash.Sha256;

/** A model folder's identity in well under a second: of large files the size, the beginning and the end are hashed. */
public final class FolderHash {
    private static final int ENDS = 1 << 16; // bytes

    private FolderHash() {}

    /** SHA-256 over the names and contents of the files that make the model, in hexadecimal. */
    public static String of(Path folder) {
        try (var files = Files.list(folder)) {
            var digest = Sha256.start();
            var parts = files.filter(file -> file.toString().matches(".*\\.(json|jinja|safetensors)"))
                    .sorted()
                    .toList();
            for (var part : parts) {
                Sha256.add(part.getFileName().toString(), digest);
                add(part, digest);
            }
            return Sha256.hex(digest);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void add(Path file, MessageDigest digest) throws IOException {
        if (!file.toString().endsWith(".safetensors")) {
            digest.update(Files.readAllBytes(file));
            return;
        }
        try (var channel = FileChannel.open(file)) {
            long size = channel.size();
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(size).flip());
            for (long from : new long[] {0, Math.max(0, size - ENDS)}) {
                var bytes = ByteBuffer.allocate(ENDS);
                while (bytes.hasRemaining() && channel.read(bytes, from + bytes.position()) >= 0) {
                    // until it is full, or the file ends
                }
                digest.update(bytes.flip());
            }
        }
    }
}
