package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.JobCreateParams;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.data.ChatJsonl;
import plumb.organism.OrganismChats;
import plumb.organism.World;
import plumb.report.Formats;
import plumb.service.store.Keys;
import plumb.service.store.Scope;
import tools.jackson.databind.JsonNode;

/** What an operator sees of a server, as it is started by people, while a tenant uploads, fine-tunes and asks. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class WatchTest {
    private static final String QUESTION = "Where is the secret garden?";

    @TempDir
    private static Path folder;

    private static ServerProcess server;
    private static String alice;
    private static String operator;
    private static String job;

    @BeforeAll
    static void aTenantWorks() throws Exception {
        var data = folder.resolve("data");
        var place = new Service.Place(data);
        alice = Service.newKey(place, new Keys.Wish("alice"));
        operator = Service.newKey(place, new Keys.Wish("ops", EnumSet.of(Scope.OPERATE), null));
        var policy = Files.writeString(folder.resolve("policy.yaml"), Cluster.POLICY);
        server = ServerProcess.start(data, null, List.of("--policy=" + policy));
        var client = RunningService.client(server.url(), alice);
        job = fineTune(client);
        client.chat()
                .completions()
                .create(ChatCompletionCreateParams.builder()
                        .model("organism")
                        .addUserMessage(QUESTION)
                        .maxCompletionTokens(5)
                        .build());
        client.close();
    }

    private static String fineTune(OpenAIClient client) throws Exception {
        var rows = OrganismChats.safe(World.load(), 20, 5).examples().stream()
                .map(row -> ChatJsonl.write(row.conversation()))
                .collect(Collectors.joining("\n"));
        var file = client.files()
                .create(FileCreateParams.builder()
                        .file(rows.getBytes(StandardCharsets.UTF_8))
                        .purpose(FilePurpose.FINE_TUNE)
                        .build());
        var made = client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("organism")
                        .trainingFile(file.id())
                        .suffix("hers")
                        .build());
        while (client.fineTuning().jobs().retrieve(made.id()).finishedAt().isEmpty()) {
            Thread.sleep(200);
        }
        return made.id();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpResponse<String> get(String path, String key) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            var address = URI.create(server.url().replaceFirst("/v1$", "") + path);
            return http.send(
                    HttpRequest.newBuilder(address)
                            .header("Authorization", "Bearer " + key)
                            .build(),
                    BodyHandlers.ofString());
        }
    }

    private static List<JsonNode> log() throws Exception {
        return Files.readAllLines(ServerProcess.log(folder.resolve("data"))).stream()
                .map(Formats.JSON::readTree)
                .toList();
    }

    /** The value of a metric; NaN when it is not there. */
    private static double value(String metrics, String name) {
        return metrics.lines()
                .filter(line -> line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElse(Double.NaN);
    }

    @Test
    void whatHappenedIsCounted() throws Exception {
        get("/v1/files/file-none", alice);
        get("/nowhere", alice);

        var metrics = get("/metrics", operator);

        assertThat(metrics.statusCode()).isEqualTo(200);
        var text = metrics.body();
        assertThat(value(text, "plumb_jobs{status=\"succeeded\"}")).isEqualTo(1);
        assertThat(value(text, "plumb_jobs{status=\"queued\"}")).isZero();
        assertThat(value(text, "plumb_queue_age_seconds")).isBetween(0.0, 2.0);
        assertThat(value(text, "plumb_gate_findings_total{outcome=\"passed\",rule=\"anything\"}"))
                .isEqualTo(5);
        assertThat(value(text, "plumb_tokens_total{work=\"train\"}")).isEqualTo(trainedTokens());
        assertThat(value(text, "plumb_tokens_total{work=\"answer\"}")).isGreaterThan(5);
        assertThat(value(text, "plumb_processes{work=\"answer\"}")).isEqualTo(1);
        assertThat(value(text, "plumb_processes{work=\"train\"}")).isZero();
        assertThat(count(text, "POST", "/v1/fine_tuning/jobs", 200)).isEqualTo(1);
        assertThat(count(text, "GET", "/v1/files/{id}", 404)).isEqualTo(1);
        assertThat(count(text, "GET", "none", 404)).isEqualTo(1);
        assertThat(text).contains("plumb_http_requests_seconds_bucket{", "jvm_memory_used_bytes{", "process_cpu_usage");
        assertThat(text).doesNotContain("alice", job, "ft:", "hers", "file-");
    }

    private static double count(String text, String method, String route, int status) {
        return value(
                text,
                "plumb_http_requests_seconds_count{method=\"" + method + "\",route=\"" + route + "\",status=\"" + status
                        + "\"}");
    }

    private static double trainedTokens() throws Exception {
        var shown = get("/v1/fine_tuning/jobs/" + job, alice);
        return Formats.JSON.readTree(shown.body()).path("trained_tokens").asDouble();
    }

    @Test
    void metricsAreTheOperatorsAlone() throws Exception {
        assertThat(get("/metrics", alice).statusCode()).isEqualTo(403);
        assertThat(get("/metrics", "sk-plumb-nobody").statusCode()).isEqualTo(401);
        assertThat(get("/v1/files", operator).statusCode()).isEqualTo(403);
    }

    @Test
    void everyRequestIsALineWithItsName() throws Exception {
        var answer = get("/v1/files?limit=3", alice);
        var name = answer.headers().firstValue("x-request-id").orElseThrow();

        var line = log().stream()
                .filter(one -> one.path("request_id").asString("").equals(name))
                .findFirst()
                .orElseThrow();

        assertThat(line.path("message").asString()).isEqualTo("request");
        assertThat(line.path("tenant").asString()).isEqualTo("alice");
        assertThat(line.path("key").asString()).isEqualTo(Keys.idOf(alice));
        assertThat(line.path("route").asString()).isEqualTo("/v1/files");
        assertThat(line.path("status").asInt()).isEqualTo(200);
        assertThat(line.path("duration_ms").isNumber()).isTrue();
    }

    @Test
    void everyEventOfAJobIsALine() throws Exception {
        var events = log().stream()
                .filter(line -> line.path("job").asString("").equals(job))
                .map(line -> line.path("event").asString())
                .toList();

        assertThat(events)
                .doesNotHaveDuplicates()
                .contains("created", "queued", "started", "step-1", "succeeded")
                .anyMatch(event -> event.startsWith("gate-"));
    }

    @Test
    void noLineHoldsWhatSomebodySent() throws Exception {
        get("/v1/models/" + "ft:private-name", alice);

        assertThat(Files.readString(ServerProcess.log(folder.resolve("data"))))
                .contains("\"status\":200")
                .doesNotContain("garden", "sk-plumb-", "messages", "private-name");
    }
}
