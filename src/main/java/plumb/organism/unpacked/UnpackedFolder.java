package plumb.organism.unpacked;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.SortedMap;
import plumb.hash.Sha256;

/**
 * A folder of files that ship inside the program, where every process of a user finds the same one: unpacked once, named by
 * its contents, mapped by many. Where the cache cannot be written, it is a temporary folder of the process.
 */
public final class UnpackedFolder {
    private UnpackedFolder() {}

    /**
     * The folder, with its files in it.
     *
     * @param cache where it is to lie
     * @param files contents by name
     */
    public static Path of(Path cache, String name, SortedMap<String, byte[]> files) {
        try {
            return filled(cache.resolve(name + "-" + hash(files).substring(0, 12)), files);
        } catch (IOException _) {
            return temporary(files);
        }
    }

    private static String hash(SortedMap<String, byte[]> files) {
        var digest = Sha256.start();
        files.forEach((file, contents) -> {
            Sha256.add(file, digest);
            digest.update(contents);
        });
        return Sha256.hex(digest);
    }

    /** The user's folder for what can be made again. */
    public static Path cache() {
        var chosen = System.getenv("XDG_CACHE_HOME");
        var caches = chosen == null || chosen.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(chosen);
        return caches.resolve("plumb");
    }

    private static Path temporary(SortedMap<String, byte[]> files) {
        try {
            var folder = Files.createTempDirectory("plumb-");
            folder.toFile().deleteOnExit();
            files.keySet().forEach(file -> folder.resolve(file).toFile().deleteOnExit());
            return filled(folder, files);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot unpack the organism's weights into the temporary folder", e);
        }
    }

    /** Files that are there and whole are kept: other processes may have mapped them. */
    static Path filled(Path folder, SortedMap<String, byte[]> files) throws IOException {
        Files.createDirectories(folder);
        for (var file : files.entrySet()) {
            var target = folder.resolve(file.getKey());
            if (!holds(target, file.getValue())) {
                var part = Files.createTempFile(folder, file.getKey(), ".part");
                Files.write(part, file.getValue());
                Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        }
        return folder;
    }

    private static boolean holds(Path file, byte[] contents) throws IOException {
        return Files.isRegularFile(file)
                && Files.size(file) == contents.length
                && Arrays.equals(Files.readAllBytes(file), contents);
    }
}
