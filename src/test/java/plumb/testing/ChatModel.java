package plumb.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tiny golden checkpoint with a tokenizer and a chat template: a whole model folder. */
public final class ChatModel {
    private static final Path CHAT = Path.of("src/test/resources/golden/adapters/chat");

    private ChatModel() {}

    /** Writes the folder, which must not be there yet. */
    public static Path write(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (var name : List.of("config.json", "model.safetensors")) {
            Files.copy(Golden.FOLDER.resolve("tied").resolve(name), folder.resolve(name));
        }
        for (var name : List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja")) {
            Files.copy(CHAT.resolve(name), folder.resolve(name));
        }
        return folder;
    }
}
