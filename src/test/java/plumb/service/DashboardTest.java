package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.Formats;
import plumb.service.policy.Policy;
import tools.jackson.databind.JsonNode;

/** What the server hands out of the dashboard; how it behaves in a browser is told by {@code contract/run browser}. */
final class DashboardTest {
    private static final Path SOURCES = Path.of("src/main/resources/plumb/service/dashboard");
    private static final HttpClient HTTP = HttpClient.newHttpClient();

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

    private static HttpResponse<String> get(String path, String... headers) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(
                URI.create(running.address().replaceFirst("/v1$", "").concat(path)));
        if (headers.length > 0) {
            request.headers(headers);
        }
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static List<String> sources() throws IOException {
        try (var files = Files.list(SOURCES)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private static Stream<String> found(String regex, String text) {
        return Pattern.compile(regex).matcher(text).results().map(match -> match.group(1));
    }

    @Test
    void everyFileIsServedWithoutAKeyAndRefersToServedFilesAlone() throws Exception {
        var page = get("/");
        assertThat(page.body()).isEqualTo(Files.readString(SOURCES.resolve("index.html")));
        assertThat(sources()).contains("app.js", "dashboard.css");
        for (var name : sources()) {
            var answer = get("/dashboard/" + name);
            assertThat(answer.statusCode()).as(name).isEqualTo(200);
            assertThat(answer.body()).as(name).isEqualTo(Files.readString(SOURCES.resolve(name)));
            for (var other :
                    found("(?:src|href)=\"dashboard/([^\"]+)\"", answer.body()).toList()) {
                assertThat(get("/dashboard/" + other).statusCode()).as(other).isEqualTo(200);
            }
            for (var other : found("(?m)^import .* from \"\\./([^\"]+)\";", answer.body())
                    .toList()) {
                assertThat(sources()).as("imported by " + name).contains(other);
            }
        }
    }

    @Test
    void scriptsAndStylesComeFromHereAloneAndNothingIsRunFromText() throws Exception {
        for (var path : List.of("/", "/dashboard/app.js", "/dashboard/report.css", "/dashboard/plumb.svg")) {
            var headers = get(path).headers();
            var policy = headers.firstValue("Content-Security-Policy").orElseThrow();
            assertThat(policy)
                    .contains("default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'")
                    .doesNotContain("unsafe", "http:", "https:", "*", "data:");
            assertThat(headers.firstValue("X-Content-Type-Options")).contains("nosniff");
            assertThat(headers.firstValue("Referrer-Policy")).contains("no-referrer");
        }
        assertThat(get("/").headers().firstValue("Content-Type")).contains("text/html;charset=utf-8");
        assertThat(get("/dashboard/app.js").headers().firstValue("Content-Type"))
                .contains("text/javascript;charset=utf-8");
    }

    /** The browser would refuse it; here it is seen before. */
    @Test
    void theSourcesHaveNoMarkupFromTextAndNoOtherHost() throws Exception {
        var all = new StringBuilder();
        for (var name : sources()) {
            all.append(Files.readString(SOURCES.resolve(name))).append('\n');
        }
        assertThat(found("(https?://[\\w.]+)", all.toString()).collect(Collectors.toSet()))
                .containsExactly("http://www.w3.org");
        assertThat(all.toString())
                .doesNotContain(
                        "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "localStorage")
                .contains("sessionStorage");
        assertThat(get("/").body()).doesNotContain("<script>", "style=\"", "onclick");
    }

    @Test
    void noNameLeadsOutOfTheList() throws Exception {
        for (var name : List.of(
                "..%2Fhttp%2Fopenapi.yaml",
                "%2e%2e%2fpolicy%2fdefault.yaml",
                "..%5chttp%5copenapi.yaml",
                "%2Fetc%2Fpasswd",
                "Dashboard.class",
                "index.html%00.js",
                ".",
                "APP.JS",
                "app.js%2f",
                "none")) {
            var answer = get("/dashboard/" + name);
            assertThat(answer.statusCode()).as(name).isBetween(400, 404);
            assertThat(answer.body()).as(name).doesNotContain("openapi: 3", "root:", "required_defenses");
        }
    }

    @Test
    void whatTheBrowserHasIsNotSentAgain() throws Exception {
        var tag = get("/dashboard/app.js").headers().firstValue("ETag").orElseThrow();
        var again = get("/dashboard/app.js", "If-None-Match", tag);
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();
        assertThat(get("/dashboard/app.js", "If-None-Match", "\"another\"").statusCode())
                .isEqualTo(200);
    }

    @Test
    void aFilesProblemsAreToldByLine() throws Exception {
        var row =
                "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": \"assistant\", \"content\": \"Hello.\"}]}\n";
        var good = problems(row.repeat(3));
        assertThat(good.path("rows").asInt()).isEqualTo(3);
        assertThat(good.path("problems").asInt()).isZero();
        var bad = problems((row + "{\"messages\": []}\n\n" + row + "no json\n"));
        assertThat(bad.path("rows").asInt()).isEqualTo(4);
        assertThat(bad.path("problems").asInt()).isEqualTo(2);
        assertThat(bad.at("/data/0/line").asInt()).isEqualTo(2);
        assertThat(bad.at("/data/1/line").asInt()).isEqualTo(5);
        assertThat(bad.at("/data/1/message").asString()).contains("JSON");
        var many = problems((row + "[]\n".repeat(130)));
        assertThat(many.path("problems").asInt()).isEqualTo(130);
        assertThat(many.path("data").size()).isEqualTo(100);
    }

    private static JsonNode problems(String content) throws Exception {
        var file = running.client()
                .files()
                .create(FileCreateParams.builder()
                        .file(content.getBytes(StandardCharsets.UTF_8))
                        .purpose(FilePurpose.FINE_TUNE)
                        .build());
        var answer = get("/v1/files/" + file.id() + "/problems", "Authorization", "Bearer " + running.key());
        assertThat(answer.statusCode()).isEqualTo(200);
        return Formats.JSON.readTree(answer.body());
    }
}
