package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.core.http.Headers;
import com.openai.errors.BadRequestException;
import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.JobCreateParams;
import com.openai.models.webhooks.WebhookCreateParams;
import com.openai.models.webhooks.WebhookRotateSecretParams;
import com.openai.models.webhooks.WebhookTestParams;
import com.openai.models.webhooks.WebhookUpdateParams;
import com.openai.models.webhooks.WebhookVerificationParams;
import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import plumb.service.policy.Policy;
import plumb.service.store.Keys;

/** Webhook endpoints that change, as OpenAI's client changes them. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
final class WebhookTest {
    private static final LinkedBlockingQueue<Map.Entry<Headers, String>> RECEIVED = new LinkedBlockingQueue<>();

    @TempDir
    private static Path folder;

    private static HttpServer listener;
    private static RunningService running;
    private static OpenAIClient client;
    private static String here;

    @BeforeAll
    static void serve() throws Exception {
        listener = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        listener.createContext("/", call -> {
            var headers = Headers.builder();
            call.getRequestHeaders().forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
            RECEIVED.add(Map.entry(
                    headers.build(), new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8)));
            call.sendResponseHeaders(call.getRequestURI().getPath().equals("/gone") ? 410 : 204, -1);
            call.close();
        });
        listener.start();
        here = "http://127.0.0.1:" + listener.getAddress().getPort();
        running = RunningService.start(new Service.Place(folder.resolve("data")), Policy.standard());
        client = running.client();
    }

    @AfterAll
    static void stop() {
        running.close();
        listener.stop(0);
    }

    private static com.openai.models.webhooks.WebhookEndpointWithSecret endpoint(String name) {
        return client.webhooks()
                .create(WebhookCreateParams.builder()
                        .name(name)
                        .url(here)
                        .addEventType(WebhookCreateParams.EventType.FINE_TUNING_JOB_SUCCEEDED)
                        .build());
    }

    private static long test(String id) {
        return client.webhooks()
                .test(WebhookTestParams.builder()
                        .webhookEndpointId(id)
                        .eventType(WebhookTestParams.EventType.FINE_TUNING_JOB_FAILED)
                        .build())
                .statusCode();
    }

    private static boolean verifies(Map.Entry<Headers, String> message, String secret) {
        try {
            return client.webhooks()
                    .unwrap(WebhookVerificationParams.builder()
                            .payload(message.getValue())
                            .headers(message.getKey())
                            .secret(secret)
                            .build())
                    .isFineTuningJobFailed();
        } catch (com.openai.errors.InvalidWebhookSignatureException _) {
            return false;
        }
    }

    /** Nobody accepts on its port: each message to it takes its ten seconds. */
    @Test
    void aListenerThatDoesNotAnswerKeepsNobodyElsesMessagesUp() throws Exception {
        var place = new Service.Place(folder.resolve("two tenants"));
        try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                var service = RunningService.start(place, Policy.standard())) {
            var slow = RunningService.client(service.address(), Service.newKey(place, new Keys.Wish("slow")));
            for (int i = 0; i < 12; i++) {
                listen(slow, "http://127.0.0.1:" + silent.getLocalPort());
            }
            failing(slow);
            listen(service.client(), here);
            failing(service.client());
            var message = RECEIVED.poll(8, TimeUnit.SECONDS);
            assertThat(message).isNotNull();
            assertThat(message.getValue()).contains("fine_tuning.job.failed");
        }
    }

    private static void listen(OpenAIClient client, String url) {
        client.webhooks()
                .create(WebhookCreateParams.builder()
                        .name("here")
                        .url(url)
                        .addEventType(WebhookCreateParams.EventType.FINE_TUNING_JOB_FAILED)
                        .build());
    }

    /** A job of one row, which is too few. */
    private static void failing(OpenAIClient client) {
        var file = client.files()
                .create(FileCreateParams.builder()
                        .file("{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}]}\n"
                                .getBytes(StandardCharsets.UTF_8))
                        .purpose(FilePurpose.FINE_TUNE)
                        .build());
        client.fineTuning()
                .jobs()
                .create(JobCreateParams.builder()
                        .model("organism")
                        .trainingFile(file.id())
                        .build());
    }

    @Test
    void aReplacedSecretSignsForADayIfThatIsWished() throws Exception {
        var made = endpoint("rotating");
        var kept = client.webhooks()
                .rotateSecret(WebhookRotateSecretParams.builder()
                        .webhookEndpointId(made.id())
                        .keepOldSecretActiveFor24Hours(true)
                        .build());
        assertThat(test(made.id())).isEqualTo(204);
        var both = RECEIVED.poll(10, TimeUnit.SECONDS);
        assertThat(verifies(both, made.signingSecret())).isTrue();
        assertThat(verifies(both, kept.signingSecret())).isTrue();

        var last = client.webhooks().rotateSecret(made.id());
        test(made.id());
        var one = RECEIVED.poll(10, TimeUnit.SECONDS);
        assertThat(verifies(one, last.signingSecret())).isTrue();
        assertThat(verifies(one, kept.signingSecret())).isFalse();
        assertThat(client.webhooks().retrieve(made.id()).signingSecretHint().orElseThrow())
                .endsWith(last.signingSecret().substring(last.signingSecret().length() - 4))
                .hasSizeLessThan(16);
        client.webhooks().delete(made.id());
    }

    @Test
    void nameAddressAndTypesCanBeChanged() throws Exception {
        var made = endpoint("before");
        var changed = client.webhooks()
                .update(WebhookUpdateParams.builder()
                        .webhookEndpointId(made.id())
                        .name("after")
                        .url(here + "/gone")
                        .build());
        assertThat(changed.name()).isEqualTo("after");
        assertThat(changed.eventTypes()).isEqualTo(made.eventTypes());
        assertThat(test(made.id())).isEqualTo(410); // what the endpoint said
        RECEIVED.poll(10, TimeUnit.SECONDS);
        assertThatThrownBy(() -> client.webhooks()
                        .update(WebhookUpdateParams.builder()
                                .webhookEndpointId(made.id())
                                .url("http://169.254.169.254/")
                                .build()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("policy");
        client.webhooks()
                .update(WebhookUpdateParams.builder()
                        .webhookEndpointId(made.id())
                        .url("http://127.0.0.1:1/")
                        .build());
        assertThatThrownBy(() -> test(made.id()))
                .isInstanceOf(BadRequestException.class)
                .hasMessageContaining("Nobody answered");
        client.webhooks().delete(made.id());
    }

    @Test
    void theListIsPagedToItsEnd() {
        var ids = java.util.stream.Stream.generate(() -> endpoint("one of five").id())
                .limit(5)
                .toList();

        assertThat(client
                        .webhooks()
                        .list(com.openai.models.webhooks.WebhookListParams.builder()
                                .limit(2)
                                .build())
                        .autoPager()
                        .stream()
                        .map(endpoint -> endpoint.id()))
                .containsAll(ids)
                .doesNotHaveDuplicates();
        assertThat(client.webhooks().eventTypes().list().data())
                .extracting(Object::toString)
                .contains("fine_tuning.job.failed");
        ids.forEach(client.webhooks()::delete);
    }
}
