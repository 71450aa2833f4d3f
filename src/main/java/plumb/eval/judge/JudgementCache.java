package plumb.eval.judge;

import static java.nio.file.StandardOpenOption.APPEND;
import static java.nio.file.StandardOpenOption.CREATE;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import plumb.model.TokenChance;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Everything judges have said, in a file that only grows: a line a judgement, written the moment it comes in. A resumed
 * evaluation finds there what it has paid for. Several processes may share a file; each sees what was there when it
 * began.
 */
public final class JudgementCache {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    private final @Nullable Path file;
    private final Map<Key, Line> known = new ConcurrentHashMap<>();

    private record Key(String judge, String prompt) {}

    /**
     * What a judge said.
     *
     * @param prompt SHA-256 of what it was shown
     * @param fault what came instead of tokens
     */
    record Line(
            String judge,
            String prompt,
            List<TokenChance> tokens,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String fault) {}

    private JudgementCache(@Nullable Path file) {
        this.file = file;
    }

    /** The cache in this file, which need not exist yet. A torn last line, left by a process that was killed, is passed over. */
    public static JudgementCache open(Path file) {
        var cache = new JudgementCache(file);
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            if (Files.exists(file)) {
                var bytes = Files.readAllBytes(file);
                new String(bytes, StandardCharsets.UTF_8).lines().forEach(cache::take);
                if (bytes.length > 0 && bytes[bytes.length - 1] != '\n') {
                    Files.writeString(file, "\n", APPEND); // so that the next line does not continue the torn one
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return cache;
    }

    /** One without a file. */
    static JudgementCache forgetful() {
        return new JudgementCache(null);
    }

    private void take(String text) {
        try {
            var line = JSON.readValue(text, Line.class);
            known.put(new Key(line.judge(), line.prompt()), line);
        } catch (JacksonException _) {
            // torn: it is asked again
        }
    }

    Optional<Line> find(String judge, String promptHash) {
        return Optional.ofNullable(known.get(new Key(judge, promptHash)));
    }

    void add(Line line) {
        known.put(new Key(line.judge(), line.prompt()), line);
        if (file != null) {
            append(file, line);
        }
    }

    private synchronized void append(Path to, Line line) {
        try {
            Files.writeString(to, JSON.writeValueAsString(line) + "\n", CREATE, APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep what the judge said in " + to, e);
        }
    }
}
