package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileListParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.Formats;
import plumb.service.policy.Policy;
import tools.jackson.databind.JsonNode;

/** What is no name is told so. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class NamesTest {
    @TempDir
    private static Path folder;

    private static RunningService running;

    @BeforeAll
    static void serve() {
        running = RunningService.start(new Service.Place(folder.resolve("data")), Policy.standard());
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    /** Who deletes what he lists turns pages after files that are gone; what never was a file's name is refused. */
    @Test
    void aCursorIsANameOfItsList() throws Exception {
        var gone = file();
        running.client().files().delete(gone);
        assertThat(running.client()
                        .files()
                        .list(FileListParams.builder().after(gone).build())
                        .data())
                .extracting(FileObject::id)
                .doesNotContain(gone);
        for (var path : List.of("/files", "/fine_tuning/jobs", "/webhook_endpoints")) {
            var answer = running.get(path + "?after=page-two");
            assertThat(answer.statusCode()).as(path).isEqualTo(400);
            assertThat(answer.body()).as(path).contains("'after'");
        }
    }

    /** PostgreSQL cannot store it; what cannot be stored is told before anybody tries. */
    @Test
    void theCharacterNulIsRefusedWhereverANameIsExpected() throws Exception {
        var file = file();
        for (var path : List.of("/files?after=%00", "/files?purpose=%00", "/fine_tuning/jobs?after=ftjob-%00")) {
            var answer = running.get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(400);
            assertThat(answer.body()).as(path).contains("NUL");
        }
        for (var body : List.of(
                Map.of("model", "organism\0", "training_file", file),
                Map.of("model", "organism", "training_file", file + "\0"),
                Map.of("model", "organism", "training_file", file, "suffix", "a\0"))) {
            assertThat(post("/fine_tuning/jobs", body).at("/error/message").asString())
                    .contains("NUL");
        }
        var chat = Map.of("model", "organism\0", "messages", List.of(Map.of("role", "user", "content", "Hi")));
        assertThat(post("/chat/completions", chat).at("/error/param").asString())
                .isEqualTo("model");
    }

    private static String file() {
        return running.client()
                .files()
                .create(FileCreateParams.builder()
                        .file("{\"messages\": []}\n".getBytes(StandardCharsets.UTF_8))
                        .purpose(FilePurpose.FINE_TUNE)
                        .build())
                .id();
    }

    private static JsonNode post(String path, Map<String, ?> body) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(running.address() + path))
                .header("Authorization", "Bearer " + running.key())
                .POST(BodyPublishers.ofString(Formats.JSON.writeValueAsString(body)));
        try (var http = HttpClient.newHttpClient()) {
            return Formats.JSON.readTree(
                    http.send(request.build(), BodyHandlers.ofString()).body());
        }
    }
}
