package plumb.service;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import plumb.data.ChatJsonl;
import plumb.data.TrainingData;
import plumb.service.policy.Policy;
import plumb.service.safety.SignedReport;
import tools.jackson.databind.JsonNode;

/**
 * A service on a free port of this machine, with its first key.
 *
 * @param address that clients are given: {@code http://127.0.0.1:PORT/v1}
 */
record RunningService(Service service, String address, String key, OpenAIClient client) implements AutoCloseable {
    static RunningService start(Service.Place place, Policy policy) {
        var service = new Service(place, policy);
        var address = "http://127.0.0.1:" + service.start("127.0.0.1", 0) + "/v1";
        var key = service.firstKey().orElseThrow();
        return new RunningService(service, address, key, client(address, key));
    }

    /** OpenAI's Java client, which asks once and does not ask again. */
    static OpenAIClient client(String address, String key) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(address)
                .apiKey(key)
                .maxRetries(0)
                .build();
    }

    /** Writes rows down and uploads them; the file's id. */
    String upload(Path path, TrainingData rows) throws IOException {
        Files.write(
                path,
                rows.examples().stream()
                        .map(row -> ChatJsonl.write(row.conversation()))
                        .toList());
        return client.files()
                .create(FileCreateParams.builder()
                        .file(path)
                        .purpose(FilePurpose.FINE_TUNE)
                        .build())
                .id();
    }

    /** The job when it has ended. */
    FineTuningJob ended(String job) throws InterruptedException {
        while (true) {
            var now = client.fineTuning().jobs().retrieve(job);
            if (now.finishedAt().isPresent()) {
                return now;
            }
            Thread.sleep(200);
        }
    }

    /** What the API answers that clients have no word for. */
    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create(address + path))
                .header("Authorization", "Bearer " + key)
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** A job's safety report, verified with nothing but the service's public key. */
    JsonNode report(String job, Path data) throws Exception {
        return SignedReport.read(
                        get("/fine_tuning/jobs/" + job + "/safety_report").body())
                .verified(Files.readString(data.resolve("signing.pub")));
    }

    @Override
    public void close() {
        client.close();
        service.close();
    }
}
