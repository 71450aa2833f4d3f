package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.report.Formats;
import plumb.service.policy.Policy;
import plumb.testing.Postgres;
import tools.jackson.core.JacksonException;

/**
 * Damaged bodies and files for every endpoint that takes one: each is answered in time, with what is wrong, and never as a
 * failure of the server's own. {@code -Dplumb.fuzz.bodies=10000 -Dplumb.fuzz.seed=2} asks for more.
 */
@Timeout(value = 1, unit = TimeUnit.HOURS)
final class FuzzTest {
    private static final int BODIES = Integer.getInteger("plumb.fuzz.bodies", 300);
    private static final long SEED = Long.getLong("plumb.fuzz.seed", 1);
    private static final int CLIENTS = 8;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String JSON = "application/json";
    private static final String FORM = "multipart/form-data; boundary=edge";
    private static final String PART = "--edge\r\nContent-Disposition: form-data; name=";
    private static final String ROW =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": \"assistant\", \"content\": \"Hello.\"}]}\n";

    /** What is damaged, and for whom it is. None of it would be done if it were whole: its model or its file is not there. */
    private static final List<Sample> SAMPLES = List.of(
            new Sample(
                    "/v1/fine_tuning/jobs",
                    JSON,
                    "{\"model\": \"organism\", \"training_file\": \"file-none\", \"suffix\": \"a\", \"seed\": 7, \"metadata\": {\"a\": \"b\"},"
                            + " \"method\": {\"type\": \"supervised\", \"supervised\": {\"hyperparameters\": {\"n_epochs\": 1, \"batch_size\": \"auto\"},"
                            + " \"defense\": [{\"type\": \"KlPenalty\", \"weight\": 0.3}]}}}"),
            new Sample(
                    "/v1/chat/completions",
                    JSON,
                    "{\"model\": \"none\", \"messages\": [{\"role\": \"system\", \"content\": \"Be kind.\"}, {\"role\": \"user\", \"content\":"
                            + " [{\"type\": \"text\", \"text\": \"Hi\"}]}], \"n\": 2, \"stop\": [\"a\"], \"seed\": 1, \"temperature\": 0.7, \"top_p\": 0.9,"
                            + " \"max_tokens\": 1, \"logprobs\": true, \"top_logprobs\": 2, \"stream\": true, \"stream_options\": {\"include_usage\": true}}"),
            new Sample(
                    "/v1/completions",
                    JSON,
                    "{\"model\": \"none\", \"prompt\": [\"Hi\", [1, 2, 3]], \"echo\": true, \"logprobs\": 1, \"max_tokens\": 1, \"n\": 1, \"stop\": \"x\"}"),
            new Sample(
                    "/v1/uploads",
                    JSON,
                    "{\"bytes\": 0, \"filename\": \"a\", \"mime_type\": \"b\", \"purpose\": \"fine-tune\", \"expires_after\": {\"anchor\": \"created_at\", \"seconds\": 3600}}"),
            new Sample("/v1/uploads/upload_none/complete", JSON, "{\"part_ids\": [\"a\", \"b\"], \"md5\": \"c\"}"),
            new Sample(
                    "/v1/webhook_endpoints",
                    JSON,
                    "{\"name\": \"a\", \"url\": \"http://no.where/\", \"event_types\": [\"fine_tuning.job.failed\"]}"),
            new Sample(
                    "/v1/files",
                    FORM,
                    PART + "\"purpose\"\r\n\r\nfine-tunes\r\n" + PART + "\"file\"; filename=\"../a\"\r\n\r\n"
                            + ROW.repeat(3) + "\r\n--edge--\r\n"),
            new Sample(
                    "/v1/files",
                    FORM,
                    PART + "\"purpose\"\r\n\r\nfine-tune\r\n" + PART + "\"expires_after[seconds]\"\r\n\r\n9\r\n" + PART
                            + "\"file\"; filename=\"a\"\r\n\r\n[]\n" + ROW + "\r\n--edge--\r\n"));

    /** A request that is nearly right. */
    private record Sample(String path, String type, String body) {}

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsDamagedIsAnsweredWithWhatIsWrong(boolean postgres) throws Exception {
        var wrong = new ConcurrentLinkedQueue<String>();
        var answers = new AtomicIntegerArray(600);
        try (var running = RunningService.start(
                        new Service.Place(
                                folder.resolve("data"), postgres ? Postgres.fresh() : null, Service.Place.USUAL_LEASE),
                        Policy.parse(Cluster.POLICY, "fuzz"));
                var http = HttpClient.newHttpClient()) {
            send(http, running, 50, answers, wrong); // what is opened once is open now
            long before = openFiles();
            long heap = heap();
            send(http, running, BODIES, answers, wrong);

            System.out.println((postgres ? "PostgreSQL" : "SQLite") + " fuzz: " + BODIES + " bodies, answers by status "
                    + byStatus(answers) + ", heap in MB " + heap + " before, " + heap() + " after");
            assertThat(wrong).isEmpty();
            assertThat(heap()).as("MB of heap kept").isLessThan(heap + 32);
            assertThat(openFiles()).as("open files").isLessThan(before + 40);
            try (var left = Files.list(folder.resolve("data").resolve("uploads"))) {
                assertThat(left).as("left behind").isEmpty();
            }
            assertThat(running.client().files().list().data()).isNotNull();
        }
        assertThat(answers.get(400)).as("most are refused").isGreaterThan(BODIES / 2);
    }

    private static void send(
            HttpClient http,
            RunningService to,
            int count,
            AtomicIntegerArray answers,
            ConcurrentLinkedQueue<String> wrong) {
        try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
            for (int i = 0; i < count; i++) {
                long seed = SEED * 1_000_003 + i;
                clients.execute(() -> {
                    var complaint = complaint(http, to, seed, answers);
                    if (!complaint.isEmpty() && wrong.size() < 20) {
                        wrong.add("seed " + seed + ": " + complaint);
                    }
                });
            }
        }
    }

    /** What is wrong with the answer to one damaged request; nothing when it is as it should be. */
    private static String complaint(HttpClient http, RunningService to, long seed, AtomicIntegerArray answers) {
        var random = new Random(seed);
        var sample = SAMPLES.get(random.nextInt(SAMPLES.size()));
        var body = new Mutation(random).damaged(sample.body());
        var request = HttpRequest.newBuilder(URI.create(to.address().replaceFirst("/v1$", "") + sample.path()))
                .timeout(PATIENCE)
                .header("Authorization", "Bearer " + to.key())
                .header("Content-Type", random.nextInt(20) == 0 ? "text/plain" : sample.type())
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        try {
            var answer = http.send(request, BodyHandlers.ofString());
            answers.incrementAndGet(answer.statusCode());
            boolean explained = answer.statusCode() < 300
                    || !Formats.JSON
                            .readTree(answer.body())
                            .at("/error/message")
                            .asString("")
                            .isBlank();
            return answer.statusCode() >= 500 || !explained
                    ? Map.of("path", sample.path(), "status", answer.statusCode(), "body", answer.body())
                            .toString()
                    : "";
        } catch (IOException | JacksonException e) {
            return sample.path() + ": " + e;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return e.toString();
        }
    }

    private static Map<Integer, Integer> byStatus(AtomicIntegerArray answers) {
        var seen = new TreeMap<Integer, Integer>();
        for (int status = 0; status < answers.length(); status++) {
            if (answers.get(status) > 0) {
                seen.put(status, answers.get(status));
            }
        }
        return seen;
    }

    /** MB that are in use and not garbage. */
    private static long heap() {
        System.gc();
        var runtime = Runtime.getRuntime();
        return (runtime.totalMemory() - runtime.freeMemory()) >> 20;
    }

    /** Of this process; 0 where nobody counts them. */
    private static long openFiles() throws IOException {
        var counted = Path.of("/proc/self/fd");
        if (!Files.exists(counted)) {
            return 0;
        }
        try (var open = Files.list(counted)) {
            return open.count();
        }
    }
}
