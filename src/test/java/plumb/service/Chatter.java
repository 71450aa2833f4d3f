package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.errors.NotFoundException;
import com.openai.errors.OpenAIException;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A client that never rests: it uploads, deletes, creates and cancels, and remembers what it was promised. */
final class Chatter implements AutoCloseable {
    private final Cluster cluster;
    private final Map<String, String> uploaded = new ConcurrentHashMap<>();
    private final Set<String> deleted = ConcurrentHashMap.newKeySet();
    private final Set<String> cancelled = ConcurrentHashMap.newKeySet();
    private final Thread thread;
    private volatile boolean stopping;

    Chatter(Cluster cluster) {
        this.cluster = cluster;
        this.thread = Thread.ofPlatform().name("chatter").start(this::talk);
    }

    private void talk() {
        for (int i = 0; !stopping; i++) {
            var text = "{\"messages\": [{\"role\": \"user\", \"content\": \"" + i + "\"}]}\n";
            var file = cluster.call(client -> client.files().create(parameters(text)))
                    .id();
            uploaded.put(file, text);
            if (i % 4 == 1) {
                uploaded.remove(file);
                delete(file);
                deleted.add(file);
            }
            if (i % 8 == 2) {
                cancelled.add(cancel(cluster.create(file)));
            }
            try {
                Thread.sleep(200);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** The first deletion may have been done and its answer lost. */
    private void delete(String file) {
        try {
            cluster.call(client -> client.files().delete(file));
        } catch (NotFoundException _) {
            // so it was
        }
    }

    /** One that was too slow has ended otherwise: its file has no answers in it. */
    private String cancel(String job) {
        try {
            cluster.call(client -> client.fineTuning().jobs().cancel(job));
        } catch (OpenAIException _) {
            assertThat(cluster.call(client -> client.fineTuning().jobs().retrieve(job))
                            .finishedAt())
                    .isPresent();
        }
        return job;
    }

    private static FileCreateParams parameters(String text) {
        return FileCreateParams.builder()
                .file(text.getBytes(StandardCharsets.UTF_8))
                .purpose(FilePurpose.FINE_TUNE)
                .build();
    }

    /** Everything that was promised is so. */
    void assertNothingLost() throws InterruptedException {
        stopping = true;
        thread.join();
        assertThat(uploaded).isNotEmpty();
        uploaded.forEach((file, text) -> assertThat(content(file)).isEqualTo(text));
        for (var file : deleted) {
            assertThatThrownBy(() -> cluster.call(client -> client.files().retrieve(file)))
                    .isInstanceOf(NotFoundException.class);
        }
        for (var job : cancelled) {
            assertThat(cluster.call(client -> client.fineTuning().jobs().retrieve(job))
                            .status())
                    .isIn(FineTuningJob.Status.CANCELLED, FineTuningJob.Status.FAILED);
        }
    }

    private String content(String file) {
        return cluster.call(client -> {
            try (var content = client.files().content(file)) {
                return new String(content.body().readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    @Override
    public void close() {
        stopping = true;
    }
}
