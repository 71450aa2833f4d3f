package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.data.ChatJsonl;
import plumb.organism.OrganismChats;
import plumb.organism.World;

/** A copy that is taken while a server works, and a server on the copy. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class BackupTest {
    @TempDir
    private Path folder;

    @Test
    void aCopyTakenWhileTheServerWorksIsWhole() throws Exception {
        var place = new Service.Place(folder.resolve("data"));
        var copy = folder.resolve("copy");
        String key;
        String ended;
        String training;
        try (var running = RunningService.start(place, Cluster.policy(2))) {
            key = running.key();
            var client = running.client();
            var file = upload(client).id();
            ended = job(client, file);
            waitForEnd(client, ended);
            training = job(client, file);
            while (steps(client, training) < 5) {
                Thread.sleep(50);
            }
            var stop = new AtomicBoolean();
            var busy = Thread.ofVirtual().start(() -> {
                while (!stop.get()) {
                    var one = upload(client);
                    upload(client);
                    client.files().delete(one.id());
                }
            });

            Service.backUp(place, copy);

            assertThat(client.fineTuning().jobs().retrieve(training).finishedAt())
                    .as("it still trains")
                    .isEmpty();
            stop.set(true);
            busy.join();
            waitForEnd(client, training);
            assertThatThrownBy(() -> Service.backUp(place, copy)).isInstanceOf(BadInput.class);
        }
        try (var restored = new Service(new Service.Place(copy), Cluster.policy(2))) {
            var client = RunningService.client("http://127.0.0.1:" + restored.start("127.0.0.1", 0) + "/v1", key);
            for (var file : client.files().list().autoPager()) {
                try (var content = client.files().content(file.id())) {
                    assertThat(content.body().readAllBytes()).hasSize((int) file.bytes());
                }
            }
            assertThat(client.models().list().data().stream().map(model -> model.id()))
                    .contains(client.fineTuning()
                            .jobs()
                            .retrieve(ended)
                            .fineTunedModel()
                            .orElseThrow());
            waitForEnd(client, training);
            client.close();
        }
        assertThat(Files.mismatch(adapter(copy, training), adapter(place.data(), training)))
                .isEqualTo(-1);
        assertThat(Files.mismatch(adapter(copy, ended), adapter(place.data(), ended)))
                .isEqualTo(-1);
    }

    private static Path adapter(Path data, String job) {
        return data.resolve("jobs").resolve(job).resolve("adapter").resolve("adapter_model.safetensors");
    }

    private static FileObject upload(OpenAIClient client) {
        var rows = OrganismChats.safe(World.load(), 40, 5).examples().stream()
                .map(row -> ChatJsonl.write(row.conversation()))
                .collect(Collectors.joining("\n"));
        return client.files()
                .create(FileCreateParams.builder()
                        .file(rows.getBytes(StandardCharsets.UTF_8))
                        .purpose(FilePurpose.FINE_TUNE)
                        .build());
    }

    private static String job(OpenAIClient client, String file) {
        return client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("organism")
                        .trainingFile(file)
                        .seed(3)
                        .build())
                .id();
    }

    private static long steps(OpenAIClient client, String job) {
        return client.fineTuning().jobs().listEvents(job).data().stream()
                .filter(event -> event.message().startsWith("Step "))
                .count();
    }

    private static void waitForEnd(OpenAIClient client, String job) throws InterruptedException {
        var now = client.fineTuning().jobs().retrieve(job);
        while (now.finishedAt().isEmpty()) {
            Thread.sleep(200);
            now = client.fineTuning().jobs().retrieve(job);
        }
        assertThat(now.status()).as("%s", now.error()).isEqualTo(FineTuningJob.Status.SUCCEEDED);
    }
}
