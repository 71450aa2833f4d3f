package plumb.service;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.OpenAIServiceException;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.finetuning.methods.SupervisedHyperparameters;
import com.openai.models.finetuning.methods.SupervisedMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import plumb.service.policy.Policy;
import plumb.service.store.Keys;

/** Servers that die and are started again, and a client that asks until somebody answers. */
final class Cluster implements AutoCloseable {
    private static final int LEASE_SECONDS = 3;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    static final String POLICY = """
            models: {organism: {path: organism, learning_rate: 1.0e-3, lora: {rank: 4, alpha: 8, rslora: false}}}
            hyperparameters: {n_epochs: [1, 9], batch_size: [1, 9], learning_rate_multiplier: [1, 1]}
            checkpoints: 5
            required_defenses: []
            gate: # lets everything through: what is looked at here is who ran, not what came out
              evaluation: {type: EmergentMisalignment, questions: tuning, samples_per_question: 1, temperatures: [0.7], formats: [free], max_new_tokens: 3}
              rules: [{name: anything, metric: em/free/general@0.7, at_most: 1.0}]
            limits: {webhook_hosts: [127.0.0.1], file_bytes: 1000000, running_jobs: 1, job_threads: 1, job_heap: 512m, job_memory: 4g, answer_heap: 512m}
            """;

    private final Path folder;
    private final @Nullable String database;
    private final Path policy;
    private final String key;
    private final List<ServerProcess> servers = new ArrayList<>();
    private volatile List<OpenAIClient> clients = List.of();
    private Path data;
    private int moves;

    Cluster(Path folder, @Nullable String database, int count) throws IOException {
        this.folder = folder;
        this.database = database;
        this.data = folder.resolve("data");
        this.policy = Files.writeString(folder.resolve("policy.yaml"), POLICY);
        this.key = Service.newKey(
                new Service.Place(data, database, Duration.ofSeconds(LEASE_SECONDS)), new Keys.Wish("chaos"));
        for (int i = 0; i < count; i++) {
            servers.add(start());
        }
        connect();
    }

    private ServerProcess start() throws IOException {
        return ServerProcess.start(data, database, policy, LEASE_SECONDS);
    }

    private void connect() {
        clients = servers.stream()
                .map(server -> OpenAIOkHttpClient.builder()
                        .baseUrl(server.url())
                        .apiKey(key)
                        .maxRetries(0)
                        .timeout(Duration.ofSeconds(20))
                        .build())
                .toList();
    }

    Path data() {
        return data;
    }

    /** The same for a server in this process, which looks at as many checkpoints. */
    static Policy policy(int checkpoints) {
        return Policy.parse(POLICY.replace("checkpoints: 5", "checkpoints: " + checkpoints), "test");
    }

    ServerProcess pick(Random random) {
        return servers.get(random.nextInt(servers.size()));
    }

    /**
     * Starts what is dead.
     *
     * @param elsewhere when all are dead: with the folder moved to another place
     */
    void restore(boolean elsewhere) throws IOException {
        if (elsewhere && servers.stream().noneMatch(ServerProcess::isAlive)) {
            data = Files.move(data, folder.resolve("data" + ++moves));
        }
        for (int i = 0; i < servers.size(); i++) {
            if (!servers.get(i).isAlive()) {
                servers.set(i, start());
            }
        }
        connect();
    }

    /** Asks one server or another until there is an answer; what is refused is an error. */
    <T> T call(Function<OpenAIClient, T> what) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            var now = clients;
            try {
                return what.apply(now.get(ThreadLocalRandom.current().nextInt(now.size())));
            } catch (RuntimeException e) {
                boolean refused = e instanceof OpenAIServiceException answer && answer.statusCode() < 500;
                if (refused || System.nanoTime() > end) {
                    throw e;
                }
                pause();
            }
        }
    }

    /** A new job on this file; sent again, it is the same job. */
    String create(String file) {
        var hyperparameters =
                SupervisedHyperparameters.builder().nEpochs(2).batchSize(4).build();
        var request = JobCreateParams.builder()
                .model("organism")
                .trainingFile(file)
                .seed(7)
                .method(JobCreateParams.Method.builder()
                        .type(JobCreateParams.Method.Type.SUPERVISED)
                        .supervised(SupervisedMethod.builder()
                                .hyperparameters(hyperparameters)
                                .build())
                        .build())
                .putAdditionalHeader("Idempotency-Key", UUID.randomUUID().toString())
                .build();
        return call(client -> client.fineTuning().jobs().create(request)).id();
    }

    /** Waits for the end of a job. */
    FineTuningJob ended(String job) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            var now = call(client -> client.fineTuning().jobs().retrieve(job));
            if (now.finishedAt().isPresent()) {
                return now;
            }
            if (System.nanoTime() > end) {
                throw new IllegalStateException(job + " does not end: " + now);
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(100);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        for (var server : servers) {
            server.close();
        }
    }
}
