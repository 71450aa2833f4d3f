package plumb.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A tiny golden checkpoint with a tokenizer and a chat template: a whole model folder. */
public final class ChatModel {
    private static final Path CHAT = Path.of("src/test/resources/golden/adapters/chat");

    private ChatModel() {}

    /** Writes the folder, which must not be there yet. */
    public static Path write(Path folder) throws IOException {
        return write(folder, "tied");
    }

    /** As {@link #write(Path)}, of any golden checkpoint. */
    public static Path write(Path folder, String checkpoint) throws IOException {
        Files.createDirectories(folder);
        try (var files = Files.list(Golden.folder(checkpoint))) {
            copy(
                    files.filter(file -> file.getFileName().toString().matches("config\\.json|model.*"))
                            .toList(),
                    folder);
        }
        try (var files = Files.list(CHAT)) {
            copy(files.toList(), folder);
        }
        return folder;
    }

    private static void copy(List<Path> files, Path folder) throws IOException {
        for (var file : files) {
            Files.copy(file, folder.resolve(file.getFileName().toString()));
        }
    }
}
