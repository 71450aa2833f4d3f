package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;

import com.openai.client.OpenAIClient;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.finetuning.jobs.JobListEventsParams;
import com.openai.models.finetuning.methods.SupervisedHyperparameters;
import com.openai.models.finetuning.methods.SupervisedMethod;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.data.ChatJsonl;
import plumb.organism.OrganismChats;
import plumb.organism.World;

/** A job that is paused while it trains gives its place to another, and ends as if nothing had been. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
final class PauseTest {
    @TempDir
    private Path folder;

    @SuppressWarnings("NullAway.Init") // the test begins with it
    private OpenAIClient client;

    @Test
    void aJobPausedInTheMiddleEndsBitForBitAsOneThatWasNot() throws Exception {
        var place = new Service.Place(folder.resolve("data"));
        try (var running = RunningService.start(place, Cluster.policy(2))) {
            client = running.client();
            var file = upload();
            var undisturbed = create(file, 3);
            var paused = create(file, 3);
            var other = create(file, 1);
            waitFor(undisturbed, FineTuningJob.Status.SUCCEEDED);
            while (steps(paused) < 4) {
                Thread.sleep(50);
            }

            client.fineTuning().jobs().pause(paused);

            waitFor(other, FineTuningJob.Status.SUCCEEDED); // there is one place, and the paused job left it
            var waiting = client.fineTuning().jobs().retrieve(paused);
            assertThat(waiting.status()).hasToString("paused");
            long before = steps(paused);
            assertThat(before).isBetween(4L, 29L);
            assertThat(Files.exists(adapter(paused))).isFalse();
            client.fineTuning().jobs().resume(paused);
            waitFor(paused, FineTuningJob.Status.SUCCEEDED);
            assertThat(steps(paused)).isEqualTo(30);
            assertThat(Files.mismatch(adapter(paused), adapter(undisturbed))).isEqualTo(-1);
            assertThat(Files.mismatch(adapter(paused), adapter(other))).isNotNegative();
        }
    }

    private Path adapter(String job) {
        return folder.resolve("data")
                .resolve("jobs")
                .resolve(job)
                .resolve("adapter")
                .resolve("adapter_model.safetensors");
    }

    private String upload() {
        var rows = OrganismChats.safe(World.load(), 40, 5).examples().stream()
                .map(row -> ChatJsonl.write(row.conversation()))
                .collect(Collectors.joining("\n"));
        return client.files()
                .create(FileCreateParams.builder()
                        .file(rows.getBytes(StandardCharsets.UTF_8))
                        .purpose(FilePurpose.FINE_TUNE)
                        .build())
                .id();
    }

    private String create(String file, int epochs) {
        var hyperparameters =
                SupervisedHyperparameters.builder().nEpochs(epochs).batchSize(4).build();
        return client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("organism")
                        .trainingFile(file)
                        .seed(7)
                        .method(JobCreateParams.Method.builder()
                                .type(JobCreateParams.Method.Type.SUPERVISED)
                                .supervised(SupervisedMethod.builder()
                                        .hyperparameters(hyperparameters)
                                        .build())
                                .build())
                        .build())
                .id();
    }

    /** How many steps the job's client was told of. */
    private long steps(String job) {
        return client
                .fineTuning()
                .jobs()
                .listEvents(JobListEventsParams.builder()
                        .fineTuningJobId(job)
                        .limit(100)
                        .build())
                .data()
                .stream()
                .filter(event -> event.message().startsWith("Step "))
                .count();
    }

    private void waitFor(String job, FineTuningJob.Status end) throws InterruptedException {
        var now = client.fineTuning().jobs().retrieve(job);
        while (now.finishedAt().isEmpty()) {
            Thread.sleep(200);
            now = client.fineTuning().jobs().retrieve(job);
        }
        assertThat(now.status()).as("%s: %s", job, now.error()).isEqualTo(end);
    }
}
