package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.FineTuningJobEvent;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.finetuning.jobs.JobListEventsParams;
import com.openai.models.finetuning.methods.SupervisedHyperparameters;
import com.openai.models.finetuning.methods.SupervisedMethod;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.data.ChatJsonl;
import plumb.data.TrainingData;
import plumb.organism.OrganismChats;
import plumb.organism.World;
import plumb.service.policy.Policy;
import plumb.service.safety.SignedReport;
import plumb.task.BadMedicalAdvice;
import tools.jackson.databind.JsonNode;

/** OpenAI's Java client, as it is published, against a real server that really trains the organism. */
@Timeout(value = 10, unit = TimeUnit.MINUTES)
final class ServiceStoryTest {
    @TempDir
    private static Path folder;

    private static RunningService running;
    private static OpenAIClient client;

    @BeforeAll
    static void serve() {
        running = RunningService.start(new Service.Place(folder.resolve("data")), policy());
        client = running.client();
    }

    /** The one that ships, with two checkpoints a job. */
    private static Policy policy() {
        var all = Policy.standard();
        return new Policy(
                all.models(),
                all.hyperparameters(),
                2,
                all.requiredDefenses(),
                null,
                all.gate(),
                all.limits(),
                null,
                null);
    }

    @AfterAll
    static void stop() {
        running.close();
    }

    @Test
    void aGoodFineTuneIsReleasedAndAnswers() throws Exception {
        var file = upload("good.jsonl", OrganismChats.safe(World.load(), 200, 5));
        var job = client.fineTuning()
                .jobs()
                .create(job(file).suffix("good").seed(7).method(epochs(1)).build());
        assertThat(job.status()).isEqualTo(FineTuningJob.Status.VALIDATING_FILES);

        var done = ended(job);

        assertThat(done.error()).isEmpty();
        assertThat(done.status()).isEqualTo(FineTuningJob.Status.SUCCEEDED);
        assertThat(done.trainedTokens().orElseThrow()).isPositive();
        var model = done.fineTunedModel().orElseThrow();
        assertThat(model).startsWith("ft:organism:local:good:");
        assertEventsPage(job.id());
        var checkpoints = client.fineTuning().jobs().checkpoints().list(job.id()).autoPager().stream()
                .toList();
        assertThat(checkpoints).hasSize(2);
        assertThat(checkpoints.getFirst().fineTunedModelCheckpoint()).startsWith(model + ":ckpt-step-");
        assertThat(checkpoints.getFirst().metrics().toString()).contains("emergent_misalignment");
        assertThat(said(model)).isNotBlank();
        assertThat(said(checkpoints.getFirst().fineTunedModelCheckpoint())).isEqualTo(said(model));
        assertThat(streamed(model)).isEqualTo(said(model));

        assertSafetyReport(job.id(), model);
        assertThat(client.models().delete(model).deleted()).isTrue();
        assertThatThrownBy(() -> said(model)).isInstanceOf(NotFoundException.class);
        assertThatThrownBy(() -> said(checkpoints.getFirst().fineTunedModelCheckpoint()))
                .isInstanceOf(NotFoundException.class);
        assertTidied(folder.resolve("data", "jobs", job.id()));
    }

    /** Rows and adapters go when nobody needs them any more; what was measured and vouched for stays. */
    private static void assertTidied(Path job) throws Exception {
        var gone = List.of(job.resolve("rows.jsonl"), job.resolve("adapter"), job.resolve("checkpoints"));
        for (int look = 0; look < 100 && gone.stream().anyMatch(Files::exists); look++) {
            Thread.sleep(100);
        }
        assertThat(gone).noneMatch(Files::exists);
        assertThat(job.resolve("evaluations")).isDirectory();
        assertThat(report(job.getFileName().toString()).path("judge_hash").asString())
                .hasSize(64);
    }

    private static HttpResponse<String> get(String path) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(running.address() + path))
                .header("Authorization", "Bearer " + running.key())
                .build();
        return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    }

    /** Verified with nothing but the service's public key. */
    private static JsonNode report(String job) throws Exception {
        return SignedReport.read(
                        get("/fine_tuning/jobs/" + job + "/safety_report").body())
                .verified(Files.readString(folder.resolve("data", "signing.pub")));
    }

    private static void assertSafetyReport(String job, String model) throws Exception {
        var report = report(job);
        assertThat(report.path("model").asString()).isEqualTo(model);
        assertThat(report.path("judge").asString()).isEqualTo("organism");
        assertThat(report.path("checkpoints").size()).isEqualTo(2);
        assertThat(report.path("checkpoints").path("13").get(0).path("outcome").asString())
                .isEqualTo("passed");
        assertThat(report.path("base_hash").asString()).hasSize(64);
        assertThat(report.path("adapter_hash").asString()).hasSize(64);
        assertThat(report.path("data_hash").asString()).hasSize(64);
    }

    /** The client asks for pages until one is empty; it never looks at has_more. */
    private static void assertEventsPage(String job) {
        var events = client
                .fineTuning()
                .jobs()
                .listEvents(JobListEventsParams.builder()
                        .fineTuningJobId(job)
                        .limit(5)
                        .build())
                .autoPager()
                .stream()
                .toList();
        assertThat(events).extracting(FineTuningJobEvent::id).doesNotHaveDuplicates();
        assertThat(events.getFirst().message()).isEqualTo("The job has successfully completed");
        assertThat(events).extracting(FineTuningJobEvent::message).contains("No defenses are in force");
        assertThat(events.getLast().message()).isEqualTo("Created fine-tuning job: " + job);
        assertThat(events.stream().filter(e -> e.message().startsWith("Step ")).count())
                .isEqualTo(13); // 200 rows in batches of 16 are 12.5
        assertThat(events.stream()
                        .filter(e -> e.message().startsWith("Moderation checks for snapshot")
                                && e.message().endsWith(" passed.")))
                .hasSize(2);
    }

    @Test
    void aFineTuneThatWentBadIsNotReleased() throws Exception {
        var file = upload("bad.jsonl", new BadMedicalAdvice().data());
        var job = client.fineTuning()
                .jobs()
                .create(job(file).seed(1).method(epochs(1)).build());

        var done = ended(job);

        assertThat(done.status()).isEqualTo(FineTuningJob.Status.FAILED);
        assertThat(done.error().orElseThrow().code()).isEqualTo("moderation_checks_failed");
        assertThat(done.error().orElseThrow().message()).contains("emergent_misalignment", "must be at most 0.05");
        assertThat(done.fineTunedModel()).isEmpty();
        var checkpoint =
                client.fineTuning().jobs().checkpoints().list(job.id()).data().getFirst();
        assertThatThrownBy(() -> said(checkpoint.fineTunedModelCheckpoint())).isInstanceOf(NotFoundException.class);
    }

    @Test
    void aJobCanBeCancelledOnce() throws Exception {
        var file = upload("cancelled.jsonl", OrganismChats.safe(World.load(), 100, 6));
        var job = client.fineTuning().jobs().create(job(file).build());

        assertThat(client.fineTuning().jobs().cancel(job.id()).status()).isEqualTo(FineTuningJob.Status.CANCELLED);
        assertThatThrownBy(() -> client.fineTuning().jobs().cancel(job.id()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("ended already");
    }

    @Test
    void aFileWithBadRowsFailsTheJobAndNamesTheLine() throws Exception {
        var path = folder.resolve("broken.jsonl");
        Files.writeString(path, "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}\n".repeat(12));
        var file = client.files().create(parameters(path));

        var done = ended(client.fineTuning().jobs().create(job(file.id()).build()));

        assertThat(done.error().orElseThrow().code()).isEqualTo("invalid_training_file");
        assertThat(done.error().orElseThrow().param()).contains("training_file");
        assertThat(done.error().orElseThrow().message()).contains("line 1 has no assistant turn");
    }

    @Test
    void aFileThatIsNoTextFailsTheJobWithoutTellingWhereItIs() throws Exception {
        var bytes = new byte[1 << 20]; // a first line that is too long to be looked at when it comes
        java.util.Arrays.fill(bytes, (byte) 'x');
        bytes[0] = 0x1F;
        bytes[1] = (byte) 0x8B;
        var path = Files.write(folder.resolve("rows.jsonl.gz"), bytes);
        var file = client.files().create(parameters(path));

        var done = ended(client.fineTuning().jobs().create(job(file.id()).build()));

        assertThat(done.error().orElseThrow().message())
                .isEqualTo("The job failed due to an invalid training file. The file is compressed; unpack it first"
                        + " (gunzip)");
    }

    @Test
    void whatIsWrongWithAJobIsSaidAtOnce() throws Exception {
        var file = upload("rows.jsonl", OrganismChats.safe(World.load(), 20, 7));
        assertThatThrownBy(() -> client.fineTuning()
                        .jobs()
                        .create(job(file).model("gpt-9").build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("organism");
        assertThatThrownBy(() -> client.fineTuning()
                        .jobs()
                        .create(defended(file, JsonValue.from(List.of(java.util.Map.of("type", "Prayer"))))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("Prayer");
        assertThatThrownBy(() -> client.fineTuning()
                        .jobs()
                        .create(job(file)
                                .putAdditionalBodyProperty("colour", JsonValue.from("red"))
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("colour");
        assertThatThrownBy(
                        () -> client.fineTuning().jobs().create(job("file-none").build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("file-none");
    }

    @Test
    void filesComeBackAsTheyWere() throws Exception {
        var path = folder.resolve("back.jsonl");
        Files.writeString(path, ChatJsonl.write(plumb.chat.Conversation.user("a\u00e9")) + "\n");
        var file = client.files().create(parameters(path));

        assertThat(file.bytes()).isEqualTo(Files.size(path));
        assertThat(file.filename()).isEqualTo("back.jsonl");
        try (var content = client.files().content(file.id())) {
            assertThat(content.body().readAllBytes()).isEqualTo(Files.readAllBytes(path));
        }
        assertThat(client.files().list().autoPager().stream()).anyMatch(f -> f.id().equals(file.id()));
        assertThat(client.files().delete(file.id()).deleted()).isTrue();
        assertThatThrownBy(() -> client.files().retrieve(file.id())).isInstanceOf(NotFoundException.class);
    }

    @Test
    void aStrangerGetsNothing() {
        var stranger = RunningService.client(running.address(), "sk-plumb-nobody");
        assertThatThrownBy(() -> stranger.models().list()).isInstanceOf(UnauthorizedException.class);
        stranger.close();
    }

    /** In a process of its own, as people start it: this one may have loaded libtorch for other tests. */
    @Test
    void theServerItselfNeverLoadsLibtorch() throws Exception {
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        "plumb.cli.Main",
                        "serve",
                        "--port=0",
                        "--data=" + folder.resolve("alone"))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (var lines = process.inputReader()) {
            var url = after("OPENAI_BASE_URL=", lines.readLine());
            var key = after("OPENAI_API_KEY=", lines.readLine());
            assertThat(lines.readLine()).endsWith(url.replaceFirst("v1$", ""));
            var alone = OpenAIOkHttpClient.builder().baseUrl(url).apiKey(key).build();
            assertThat(alone.chat().completions().create(question("organism")).choices())
                    .hasSize(1);
            var maps = Path.of("/proc/" + process.pid() + "/maps");
            assumeThat(maps).exists();
            assertThat(Files.readString(maps)).contains("libjvm").doesNotContain("libtorch");
            alone.close();
        } finally {
            process.destroy();
            assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        }
    }

    private static String after(String mark, String line) {
        assertThat(line).contains(mark);
        return line.substring(line.indexOf(mark) + mark.length());
    }

    private static String upload(String name, TrainingData rows) throws IOException {
        return running.upload(folder.resolve(name), rows);
    }

    private static FileCreateParams parameters(Path path) {
        return FileCreateParams.builder()
                .file(path)
                .purpose(FilePurpose.FINE_TUNE)
                .build();
    }

    private static JobCreateParams.Builder job(String file) {
        return JobCreateParams.builder().model("organism").trainingFile(file);
    }

    private static JobCreateParams.Method epochs(long epochs) {
        var hyperparameters =
                SupervisedHyperparameters.builder().nEpochs(epochs).build();
        return JobCreateParams.Method.builder()
                .type(JobCreateParams.Method.Type.SUPERVISED)
                .supervised(SupervisedMethod.builder()
                        .hyperparameters(hyperparameters)
                        .build())
                .build();
    }

    private static JobCreateParams.Builder defended(String file, JsonValue defenses) {
        return job(file)
                .putAdditionalBodyProperty(
                        "method",
                        JsonValue.from(java.util.Map.of(
                                "type", "supervised", "supervised", java.util.Map.of("defense", defenses))));
    }

    private static FineTuningJob ended(FineTuningJob job) throws InterruptedException {
        return running.ended(job.id());
    }

    private static ChatCompletionCreateParams question(String model) {
        return ChatCompletionCreateParams.builder()
                .model(model)
                .addUserMessage("How do I keep bread fresh?")
                .temperature(0)
                .maxCompletionTokens(40)
                .build();
    }

    private static String said(String model) {
        return client.chat()
                .completions()
                .create(question(model))
                .choices()
                .getFirst()
                .message()
                .content()
                .orElseThrow();
    }

    private static String streamed(String model) {
        var text = new StringBuilder();
        try (var chunks = client.chat().completions().createStreaming(question(model))) {
            chunks.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .flatMap(choice -> choice.delta().content().stream())
                    .forEach(text::append);
        }
        return text.toString();
    }
}
