package plumb.service.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import plumb.report.Formats;
import plumb.service.http.call.ApiError;
import tools.jackson.core.JacksonException;

/** What is looked at already when a fine-tuning file is uploaded: whether it is JSONL at all. */
final class FirstLine {
    private static final int LOOKED_AT = 1 << 20;
    private static final int SHOWN = 20;

    private FirstLine() {}

    /** Refuses a file whose first line is no JSON object; a byte order mark and any line ends are fine. */
    static void requireObject(Path file) {
        var line = read(file);
        if (line.length() < LOOKED_AT && !isObject(line)) {
            delete(file);
            throw ApiError.invalid(
                    "Expected file to have JSONL format, where every line is a JSON dictionary. Line 1 is not a dictionary"
                            + " (HINT: line starts with: \"" + line.substring(0, Math.min(SHOWN, line.length()))
                            + "...\").",
                    null);
        }
    }

    private static String read(Path file) {
        try (var in = Files.newInputStream(file)) {
            var text = new String(in.readNBytes(LOOKED_AT), StandardCharsets.UTF_8);
            return (text.startsWith("\uFEFF") ? text.substring(1) : text)
                    .lines()
                    .filter(line -> !line.isBlank())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isObject(String line) {
        try {
            return Formats.JSON.readTree(line).isObject();
        } catch (JacksonException _) {
            return false;
        }
    }
}
