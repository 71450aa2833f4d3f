package plumb.cli.serve;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import plumb.report.Formats;
import plumb.service.Service;
import plumb.service.policy.Policy;

/**
 * A server that serves nobody: it is asked for everything that can be had without training, over and over, so that Java sees
 * what a server does. What it saw, the launcher lets it keep (JEP 514, 515), and real servers begin with it.
 */
record Rehearsal(HttpClient client, String address, String key) {
    private static final int ROUNDS = 40;
    private static final String EDGE = "edge";
    /** Too few rows for a job: it is looked at, and fails. */
    private static final String FORM = """
            --edge\r
            Content-Disposition: form-data; name="purpose"\r
            \r
            fine-tune\r
            --edge\r
            Content-Disposition: form-data; name="file"; filename="rows.jsonl"\r
            \r
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]}
            \r
            --edge--\r
            """;

    /** Serves in a folder of its own, which is gone afterwards. */
    static void run() throws IOException, InterruptedException {
        var folder = Files.createTempDirectory("plumb-rehearsal");
        var log = System.err;
        System.setErr(
                new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8)); // nobody reads of it
        try (var service = new Service(new Service.Place(folder), Policy.standard());
                var client = HttpClient.newHttpClient()) {
            int port = service.start(new Service.Listening("127.0.0.1", 0, null, Duration.ofSeconds(1)));
            var rehearsal = new Rehearsal(
                    client, "http://127.0.0.1:" + port, service.firstKey().orElseThrow());
            for (int i = 0; i < ROUNDS; i++) {
                rehearsal.round();
            }
        } finally {
            System.setErr(log);
            remove(folder);
        }
    }

    private void round() throws IOException, InterruptedException {
        var file = send(request("/v1/files")
                .header("Content-Type", "multipart/form-data; boundary=" + EDGE)
                .POST(BodyPublishers.ofString(FORM)));
        var job = send(request("/v1/fine_tuning/jobs")
                .POST(BodyPublishers.ofString("{\"model\": \"organism\", \"training_file\": \"" + file + "\"}")));
        var jobs = "/v1/fine_tuning/jobs/" + job;
        for (var path : List.of(
                "/health",
                "/v1/models",
                "/v1/policy",
                "/v1/files",
                "/v1/files/" + file,
                "/v1/fine_tuning/jobs",
                jobs,
                jobs + "/events",
                jobs + "/checkpoints")) {
            send(request(path));
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address + path)).header("Authorization", "Bearer " + key);
    }

    /** The id of what was made, if anything was. */
    private String send(HttpRequest.Builder request) throws IOException, InterruptedException {
        var answer = client.send(request.build(), BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IllegalStateException(answer.uri().getPath() + " answered " + answer.statusCode());
        }
        return Formats.JSON.readTree(answer.body()).path("id").asString();
    }

    private static void remove(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
