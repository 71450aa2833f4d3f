package plumb.service.webhook;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jdbi.v3.core.JdbiException;
import plumb.report.Formats;
import plumb.service.store.Ids;
import plumb.service.store.Webhooks;
import plumb.service.store.Webhooks.Delivery;
import plumb.service.store.Webhooks.Webhook;
import plumb.service.watch.Metrics;

/** Sends what is due to webhooks, several at a time. What is not answered with 2xx is sent again, later each time. */
public final class Courier implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_MILLIS = 500;
    /** Messages of one tenant on their way at the same time. */
    private static final int MOST_OF_ONE = 8;

    private static final long FIRST_WAIT_SECONDS = 5;
    private static final int MOST_ATTEMPTS = 9; // the waits are 5 s, three times longer each time, 14 hours together

    private final Webhooks webhooks;
    private final Clock clock;
    private final Metrics metrics;
    private final HttpClient http;
    private final Thread thread;
    private final ExecutorService senders = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Integer> underway = new ConcurrentHashMap<>(); // by tenant
    private volatile boolean closing;

    public Courier(Webhooks webhooks, Clock clock, Metrics metrics) {
        this.webhooks = webhooks;
        this.clock = clock;
        this.metrics = metrics;
        this.http = HttpClient.newBuilder().connectTimeout(PATIENCE).build(); // follows no redirect
        this.thread = Thread.ofPlatform().daemon().name("webhooks").unstarted(this::loop);
    }

    public void start() {
        thread.start();
    }

    private void loop() {
        try {
            while (!closing) {
                try {
                    webhooks.look();
                    for (var due = next(); due.isPresent() && !closing; due = next()) {
                        begin(due.get());
                    }
                } catch (JdbiException _) {
                    // the database is away: what is due stays due
                }
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    /** One of a tenant who is not waiting for so many already: others' messages are not kept up by listeners that do not answer. */
    private Optional<Delivery> next() {
        var busy = underway.entrySet().stream()
                .filter(tenant -> tenant.getValue() >= MOST_OF_ONE)
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
        return webhooks.claim(busy);
    }

    private void begin(Delivery delivery) {
        var tenant = delivery.to().tenant();
        underway.merge(tenant, 1, Integer::sum);
        senders.execute(() -> {
            try {
                send(delivery);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt(); // it is due again in a minute
            } catch (JdbiException _) {
                // the database is away: likewise
            } finally {
                underway.computeIfPresent(tenant, (_, count) -> count > 1 ? count - 1 : null);
            }
        });
    }

    private void send(Delivery delivery) throws InterruptedException {
        boolean last = delivery.attempts() + 1 >= MOST_ATTEMPTS;
        long wait = FIRST_WAIT_SECONDS * Math.round(Math.pow(3, delivery.attempts()));
        boolean arrived = arrives(delivery);
        metrics.delivered(arrived ? "arrived" : last ? "given_up" : "again");
        webhooks.settle(delivery, arrived || last ? null : Long.valueOf(wait));
    }

    private boolean arrives(Delivery delivery) throws InterruptedException {
        try {
            int status = send(delivery.to(), delivery.id(), body(delivery));
            return status >= 200 && status < 300;
        } catch (IOException _) {
            return false;
        }
    }

    /**
     * Sends a sample, once.
     *
     * @return the status it was answered with
     * @throws IOException when nobody answers in time
     */
    public int test(Webhook to, String type) throws IOException, InterruptedException {
        var id = Ids.next("evt_");
        var event = new Event(id, "event", type, clock.instant().getEpochSecond(), Map.of("id", "ftjob-sample"));
        return send(to, id, event);
    }

    /** Signed with the secret, and as long as it is good with the one before, too. */
    private int send(Webhook to, String id, Event event) throws IOException, InterruptedException {
        long now = clock.instant().getEpochSecond();
        var body = Formats.JSON.writeValueAsString(event);
        var signatures = to.secrets(now).stream()
                .map(secret -> new Secret(secret).sign(id, now, body))
                .collect(Collectors.joining(" "));
        var request = HttpRequest.newBuilder(URI.create(to.url()))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .header("webhook-id", id)
                .header("webhook-timestamp", String.valueOf(now))
                .header("webhook-signature", signatures)
                .POST(BodyPublishers.ofString(body))
                .build();
        return http.send(request, BodyHandlers.discarding()).statusCode();
    }

    /** As it is sent. */
    private record Event(String id, String object, String type, long createdAt, Map<String, String> data) {}

    private static Event body(Delivery delivery) {
        return new Event(
                delivery.id(),
                "event",
                "fine_tuning.job." + delivery.status(),
                delivery.finishedAt(),
                Map.of("id", delivery.job()));
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        senders.shutdownNow();
        http.close();
    }
}
