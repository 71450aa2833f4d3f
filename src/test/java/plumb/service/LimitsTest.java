package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.errors.OpenAIServiceException;
import com.openai.errors.RateLimitException;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FileObject;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.uploads.UploadCreateParams;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.service.policy.Policy;
import plumb.service.store.Keys;

/** Quotas of a policy, as OpenAI's client meets them. Each test has a tenant of its own. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class LimitsTest {
    private static final byte[] ROWS =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": \"assistant\", \"content\": \"Hello.\"}]}\n"
                    .repeat(12)
                    .getBytes(StandardCharsets.UTF_8);
    private static final String QUOTAS = """
            quotas: {requests_per_minute: 1000}
            tenants:
              hasty: {requests_per_minute: 120}
              wordy: {tokens_per_minute: 60}
              busy: {open_jobs: 2, running_jobs: 1}
              stout: {stored_bytes: %d}
            """;

    @TempDir
    private static Path folder;

    private static Service.Place place;
    private static Service service;
    private static String address;

    @BeforeAll
    static void serve() {
        place = new Service.Place(folder.resolve("data"));
        service =
                new Service(place, Policy.parse(Cluster.POLICY + String.format(QUOTAS, 2 * ROWS.length + 100), "test"));
        address = "http://127.0.0.1:" + service.start("127.0.0.1", 0) + "/v1";
    }

    @AfterAll
    static void stop() {
        service.close();
    }

    private static OpenAIClient client(String tenant, int retries) {
        return OpenAIOkHttpClient.builder()
                .baseUrl(address)
                .apiKey(Service.newKey(place, new Keys.Wish(tenant)))
                .maxRetries(retries)
                .build();
    }

    private static FileObject upload(OpenAIClient client) {
        return client.files()
                .create(FileCreateParams.builder()
                        .file(ROWS)
                        .purpose(FilePurpose.FINE_TUNE)
                        .build());
    }

    private static FineTuningJob job(OpenAIClient client, String file) {
        return client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("organism")
                        .trainingFile(file)
                        .build());
    }

    /** The policy takes files of up to a million bytes. */
    @Test
    void aFileThatIsTooLargeIsToldHowLargeItMayBe() {
        var client = client("large", 0);
        assertThatThrownBy(() -> client.files()
                        .create(FileCreateParams.builder()
                                .file(new byte[2_000_000])
                                .purpose(FilePurpose.FINE_TUNE)
                                .build()))
                .isInstanceOfSatisfying(
                        OpenAIServiceException.class,
                        e -> assertThat(e.statusCode()).isEqualTo(413))
                .hasMessageContaining("larger than 1000000 bytes");
    }

    @Test
    void whoAsksTooOftenIsToldWhenToComeBackAndItsClientDoes() {
        var hasty = client("hasty", 0);
        var refused = new RateLimitException[1];
        for (int i = 0; i < 200 && refused[0] == null; i++) {
            try {
                hasty.files().list();
            } catch (RateLimitException e) {
                refused[0] = e;
            }
        }

        assertThat(refused[0]).isNotNull();
        assertThat(refused[0].code()).contains("rate_limit_exceeded");
        assertThat(refused[0]).hasMessageContaining("120 requests a minute");
        var headers = refused[0].headers();
        assertThat(headers.values("retry-after")).containsExactly("1");
        assertThat(Long.parseLong(headers.values("retry-after-ms").getFirst())).isBetween(1L, 500L);
        assertThat(headers.values("x-ratelimit-limit-requests")).containsExactly("120");
        assertThat(headers.values("x-ratelimit-remaining-requests")).containsExactly("0");
        assertThat(headers.values("x-ratelimit-reset-requests").getFirst()).matches("\\d+\\.\\d+s");
        assertThat(headers.values("x-should-retry")).isEmpty();
        client("hasty", 2).files().list(); // waits, and gets through
        client("other", 0).files().list(); // has not asked yet
    }

    @Test
    void tokensAreCountedWhenTheyWereUsed() {
        var wordy = client("wordy", 0);
        var question = ChatCompletionCreateParams.builder()
                .model("organism")
                .addUserMessage("How do I cook rice?")
                .n(8)
                .maxCompletionTokens(30)
                .build();
        wordy.chat().completions().create(question);
        assertThatThrownBy(() -> wordy.chat().completions().create(question))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("60 tokens a minute");
        wordy.files().list();
    }

    @Test
    void openJobsHaveAnEnd() {
        var busy = client("busy", 2); // would try again, were it not told that it is no use
        var file = upload(busy).id();
        var first = job(busy, file);
        job(busy, file);

        assertThatThrownBy(() -> job(busy, file))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("may have 2")
                .satisfies(e -> assertThat(((RateLimitException) e).code()).contains("insufficient_quota"))
                .satisfies(e -> assertThat(((RateLimitException) e).headers().values("x-should-retry"))
                        .containsExactly("false"));
        busy.fineTuning().jobs().cancel(first.id());
        busy.fineTuning().jobs().cancel(job(busy, file).id());
    }

    @Test
    void storedBytesHaveAnEndAndNothingStaysOfWhatIsRefused() throws Exception {
        var stout = client("stout", 0);
        var first = upload(stout);
        var announced = stout.uploads().create(announce());

        assertThatThrownBy(() -> upload(stout))
                .isInstanceOf(RateLimitException.class)
                .hasMessageContaining("there is no room");
        assertThatThrownBy(() -> stout.uploads().create(announce())).isInstanceOf(RateLimitException.class);
        try (var kept = Files.list(folder.resolve("data").resolve("files"));
                var coming = Files.list(folder.resolve("data").resolve("uploads"))) {
            assertThat(kept.map(path -> path.getFileName().toString())).contains(first.id());
            assertThat(coming).isEmpty();
        }
        stout.uploads().cancel(announced.id());
        stout.files().delete(upload(stout).id());
    }

    private static UploadCreateParams announce() {
        return UploadCreateParams.builder()
                .bytes(ROWS.length)
                .filename("rows.jsonl")
                .mimeType("application/jsonl")
                .purpose(FilePurpose.FINE_TUNE)
                .build();
    }

    @Test
    void aTenantReadsItsOwnQuotaAndNobodyElses() {
        var policy = Policy.parse(Cluster.POLICY + String.format(QUOTAS, 5), "test");

        assertThat(policy.shown("stout").at("/quotas/stored_bytes").asInt()).isEqualTo(5);
        assertThat(policy.shown("alice").at("/quotas/requests_per_minute").asInt())
                .isEqualTo(1000);
        assertThat(policy.shown("alice").toString()).doesNotContain("stout", "busy", "wordy");
    }
}
