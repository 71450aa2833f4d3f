package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.uploads.Upload;
import com.openai.models.uploads.UploadCompleteParams;
import com.openai.models.uploads.UploadCreateParams;
import com.openai.models.uploads.parts.PartCreateParams;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.Formats;
import plumb.service.policy.Policy;
import tools.jackson.databind.JsonNode;

/** What the API promises beside the story, on a real server: uploads in parts, pausing, keys of requests, scored prompts. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class ContractTest {
    private static final String ROW =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": \"assistant\", \"content\": \"Hello.\"}]}\n";
    private static final byte[] ROWS = ROW.repeat(12).getBytes(StandardCharsets.UTF_8);

    @TempDir
    private static Path folder;

    private static RunningService running;
    private static OpenAIClient client;

    @BeforeAll
    static void serve() {
        running = RunningService.start(new Service.Place(folder.resolve("data")), Policy.standard());
        client = running.client();
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @Test
    void aRefusedBodyIsReadToItsEndBeforeTheAnswer() throws Exception {
        var address = URI.create(running.address());
        try (var socket = new Socket(address.getHost(), address.getPort())) {
            var head = "POST /v1/files HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer " + running.key()
                    + "\r\nContent-Type: text/plain\r\nContent-Length: " + ROWS.length + "\r\n\r\n";
            var out = socket.getOutputStream();
            out.write(head.getBytes(StandardCharsets.US_ASCII));
            Thread.sleep(500); // time enough to refuse it for its type
            out.write(ROWS);
            out.write("GET /health HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));

            var answers = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answers).startsWith("HTTP/1.1 400 Bad Request").contains("HTTP/1.1 200 OK");
        }
    }

    @Test
    void whoSentAnUnreadableUploadIsToldThatTheConnectionCloses() throws Exception {
        var request = HttpRequest.newBuilder(URI.create(running.address() + "/files"))
                .header("Authorization", "Bearer " + running.key())
                .header("Content-Type", "multipart/form-data; boundary=edge")
                .POST(BodyPublishers.ofString("--edge\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhalf"))
                .build();
        try (var http = HttpClient.newHttpClient()) {
            for (int i = 0; i < 50; i++) { // one that is not told meets a closed connection at some time
                var answer = http.send(request, BodyHandlers.ofString());

                assertThat(answer.statusCode()).isEqualTo(400);
                assertThat(answer.headers().firstValue("connection")).contains("close");
            }
        }
    }

    @Test
    void aPathThatIsNoneIsAnErrorLikeAllOthers() throws Exception {
        try (var socket = new Socket(
                InetAddress.getLoopbackAddress(), URI.create(running.address()).getPort())) {
            socket.getOutputStream()
                    .write("GET /v1/%zz HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            var answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(answer).startsWith("HTTP/1.1 400 ").contains("Content-Type: application/json");
            var error = Formats.JSON.readTree(answer.substring(answer.indexOf("{"), answer.lastIndexOf("}") + 1));
            assertThat(error.at("/error/type").asString()).isEqualTo("invalid_request_error");
            assertThat(error.at("/error/message").asString()).startsWith("The request cannot be read");
        }
    }

    private static Upload upload(int bytes) {
        return client.uploads()
                .create(UploadCreateParams.builder()
                        .bytes(bytes)
                        .filename("rows.jsonl")
                        .mimeType("application/jsonl")
                        .purpose(FilePurpose.FINE_TUNE)
                        .build());
    }

    private static String part(Upload upload, int from, int to) {
        return client.uploads()
                .parts()
                .create(PartCreateParams.builder()
                        .uploadId(upload.id())
                        .data(java.util.Arrays.copyOfRange(ROWS, from, to))
                        .build())
                .id();
    }

    private static UploadCompleteParams.Builder complete(Upload upload, String... parts) {
        return UploadCompleteParams.builder().uploadId(upload.id()).partIds(List.of(parts));
    }

    @Test
    void partsBecomeAFileInTheOrderAskedFor() throws Exception {
        var upload = upload(ROWS.length);
        assertThat(upload.status()).isEqualTo(Upload.Status.PENDING);
        var last = part(upload, 500, ROWS.length);
        var first = part(upload, 0, 500);

        var done = client.uploads().complete(complete(upload, first, last).build());

        assertThat(done.status()).isEqualTo(Upload.Status.COMPLETED);
        var file = done.file().orElseThrow();
        try (var content = client.files().content(file.id())) {
            assertThat(content.body().readAllBytes()).isEqualTo(ROWS);
        }
        assertThatThrownBy(() -> part(upload, 0, 1)).isInstanceOf(BadRequestException.class);
        assertThat(leftovers()).isEmpty();
        client.fineTuning().jobs().cancel(job(file.id()).id());
    }

    @Test
    void partsThatAreNotTheAnnouncedFileBecomeNone() {
        var upload = upload(ROWS.length);
        var first = part(upload, 0, 500);
        assertThatThrownBy(
                        () -> client.uploads().complete(complete(upload, first).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("500 bytes together");
        assertThatThrownBy(() ->
                        client.uploads().complete(complete(upload, "part_none").build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("part_none");
        var last = part(upload, 500, ROWS.length);
        assertThatThrownBy(() -> client.uploads()
                        .complete(complete(upload, first, last)
                                .md5("0".repeat(32))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("MD5");

        assertThat(client.uploads().cancel(upload.id()).status()).isEqualTo(Upload.Status.CANCELLED);

        assertThatThrownBy(() ->
                        client.uploads().complete(complete(upload, first, last).build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("has ended");
        assertThatThrownBy(() -> client.uploads().cancel("upload_none")).isInstanceOf(NotFoundException.class);
    }

    /** Parts and halves of files that were left lying about. */
    private static List<Path> leftovers() throws Exception {
        try (var left = Files.list(folder.resolve("data").resolve("uploads"))) {
            return left.filter(file -> file.getFileName().toString().startsWith("joined"))
                    .toList();
        }
    }

    private static String file() {
        return client.files()
                .create(FileCreateParams.builder()
                        .file(ROWS)
                        .purpose(FilePurpose.FINE_TUNE)
                        .build())
                .id();
    }

    private static FineTuningJob job(String file) {
        return client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("organism")
                        .trainingFile(file)
                        .build());
    }

    @Test
    void aPausedJobWaitsUntilItIsResumed() {
        var jobs = client.fineTuning().jobs();
        var job = job(file());

        assertThat(jobs.pause(job.id()).status()).hasToString("paused");
        assertThatThrownBy(() -> jobs.pause(job.id()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("it is paused");
        assertThat(jobs.resume(job.id()).status())
                .isIn(FineTuningJob.Status.QUEUED, FineTuningJob.Status.VALIDATING_FILES);
        assertThatThrownBy(() -> jobs.resume(job.id()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("is not paused");
        jobs.pause(job.id());
        assertThat(jobs.cancel(job.id()).status()).isEqualTo(FineTuningJob.Status.CANCELLED);
    }

    @Test
    void simultaneousRequestsWithOneKeyStartOneJob() throws Exception {
        var body = Map.of("model", "organism", "training_file", file(), "suffix", "once");
        var ids = new HashSet<String>();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var all = Stream.generate(() -> threads.submit(() -> post("/fine_tuning/jobs", body)))
                    .limit(12)
                    .toList();
            for (var one : all) {
                ids.add(one.get().path("id").asString());
            }
        }
        assertThat(ids).hasSize(1);
        assertThat(client.fineTuning().jobs().list().autoPager().stream()
                        .filter(job -> job.trainingFile().equals(body.get("training_file"))))
                .hasSize(1);
        client.fineTuning().jobs().cancel(ids.iterator().next());
        var other = post("/fine_tuning/jobs", Map.of("model", "organism", "training_file", file(), "suffix", "other"));
        assertThat(other.path("error").path("code").asString()).isEqualTo("idempotency_key_reused");
    }

    private static JsonNode post(String path, Map<String, ?> body) throws Exception {
        return Formats.JSON.readTree(send(HttpRequest.newBuilder(URI.create(running.address() + path))
                        .header("Idempotency-Key", "once")
                        .POST(BodyPublishers.ofString(Formats.JSON.writeValueAsString(body))))
                .body());
    }

    private static HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        try (var http = HttpClient.newHttpClient()) {
            return http.send(
                    request.header("Authorization", "Bearer " + running.key()).build(), BodyHandlers.ofString());
        }
    }

    @Test
    void theDocumentAndTheServerHaveTheSameEndpoints() throws Exception {
        var root = running.address().replace("/v1", "");
        var document = Formats.JSON.readTree(
                send(HttpRequest.newBuilder(URI.create(root + "/openapi.json"))).body());
        var documented = new java.util.ArrayList<String>();
        for (var path : document.path("paths").properties()) {
            for (var method : path.getValue().propertyNames()) {
                if (!method.equals("parameters")) {
                    documented.add(method.toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                }
            }
        }

        assertThat(documented)
                .containsExactlyInAnyOrderElementsOf(running.service().routes());
        for (var operation : documented) {
            var parts = operation.split(" ", -1);
            var answer = send(HttpRequest.newBuilder(URI.create(root + parts[1].replaceAll("\\{.*?}", "none")))
                    .method(parts[0], BodyPublishers.ofString("{}")));
            assertThat(answer.body()).as(operation).doesNotContain("unknown_url");
            assertThat(answer.statusCode()).as(operation).isLessThan(500);
        }
    }

    @Test
    void aJobsEndIsToldUntilItArrivesAndSigned() throws Exception {
        var received =
                new java.util.concurrent.LinkedBlockingQueue<Map.Entry<com.sun.net.httpserver.Headers, String>>();
        var listener = com.sun.net.httpserver.HttpServer.create(
                new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 0), 0);
        listener.createContext("/", call -> {
            received.add(Map.entry(
                    call.getRequestHeaders(),
                    new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            call.sendResponseHeaders(received.size() == 1 ? 503 : 200, -1);
            call.close();
        });
        listener.start();
        var webhook = post(
                "/webhook_endpoints",
                endpoint("http://127.0.0.1:" + listener.getAddress().getPort() + "/"));
        var job = job(file());
        client.fineTuning().jobs().cancel(job.id());
        while (received.stream().map(ContractTest::id).distinct().count() == received.size()) {
            Thread.sleep(100); // until one comes again: the first wait is 5 s
        }
        listener.stop(0);

        assertThat(received).hasSizeGreaterThanOrEqualTo(2);
        var ids = new HashSet<String>();
        received.forEach(message -> ids.add(id(message)));
        assertThat(ids).hasSizeLessThan(received.size()); // sent again under the same name
        var secret = webhook.path("signing_secret").asString();
        for (var message : received) {
            var headers = com.openai.core.http.Headers.builder();
            message.getKey().forEach((name, values) -> headers.put(name.toLowerCase(java.util.Locale.ROOT), values));
            var event = client.webhooks()
                    .unwrap(com.openai.models.webhooks.WebhookVerificationParams.builder()
                            .payload(message.getValue())
                            .headers(headers.build())
                            .secret(secret)
                            .build());
            assertThat(event.isFineTuningJobCancelled()).isTrue();
        }
        assertThat(received).anyMatch(message -> message.getValue().contains(job.id()));
        assertThat(post("/webhook_endpoints", endpoint("http://169.254.0.1/"))
                        .at("/error/param")
                        .asString())
                .isEqualTo("url");
    }

    private static String id(Map.Entry<com.sun.net.httpserver.Headers, String> message) {
        return java.util.Objects.requireNonNull(message.getKey().getFirst("webhook-id"));
    }

    private static Map<String, Object> endpoint(String url) {
        return Map.of("name", "ends", "url", url, "event_types", List.of("fine_tuning.job.cancelled"));
    }

    /** Harnesses ask for one token more than they score, and drop the last value. */
    @Test
    void aPromptThatCouldEndIsScoredWhole() throws Exception {
        Map<String, Object> body =
                Map.of("model", "organism", "prompt", "How do I cook rice?", "echo", true, "logprobs", 1);
        var scored = post("/completions", with(body, 0)).at("/choices/0/logprobs/token_logprobs");
        var answer = post("/completions", with(body, 1));
        var longer = answer.at("/choices/0");

        assertThat(answer.path("choices")).as(answer.toString()).hasSize(1);
        assertThat(longer.path("finish_reason").asString()).isEqualTo("stop"); // the model says nothing after it
        assertThat(longer.path("text").asString()).isEqualTo("How do I cook rice?");
        assertThat(longer.at("/logprobs/token_logprobs")).hasSize(scored.size() + 1);
        assertThat(longer.at("/logprobs/tokens").get(scored.size()).asString()).isEqualTo("<|im_end|>");
    }

    private static Map<String, Object> with(Map<String, Object> body, int maxTokens) {
        var all = new java.util.HashMap<>(body);
        all.put("max_tokens", maxTokens);
        all.put("temperature", 0);
        return all;
    }
}
