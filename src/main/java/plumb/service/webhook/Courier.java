package plumb.service.webhook;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jdbi.v3.core.JdbiException;
import plumb.report.Formats;
import plumb.service.store.Webhooks;
import plumb.service.store.Webhooks.Delivery;
import plumb.service.watch.Metrics;

/** Sends what is due to webhooks, in a thread of its own. What is not answered with 2xx is sent again, later each time. */
public final class Courier implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_MILLIS = 500;
    private static final long FIRST_WAIT_SECONDS = 5;
    private static final int MOST_ATTEMPTS = 9; // the waits are 5 s, three times longer each time, 14 hours together

    private final Webhooks webhooks;
    private final Clock clock;
    private final Metrics metrics;
    private final HttpClient http;
    private final Thread thread;
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
                    for (var due = webhooks.claim(); due.isPresent() && !closing; due = webhooks.claim()) {
                        send(due.get());
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

    private void send(Delivery delivery) throws InterruptedException {
        boolean last = delivery.attempts() + 1 >= MOST_ATTEMPTS;
        long wait = FIRST_WAIT_SECONDS * Math.round(Math.pow(3, delivery.attempts()));
        boolean arrived = arrives(delivery);
        metrics.delivered(arrived ? "arrived" : last ? "given_up" : "again");
        webhooks.settle(delivery, arrived || last ? null : Long.valueOf(wait));
    }

    private boolean arrives(Delivery delivery) throws InterruptedException {
        long now = clock.instant().getEpochSecond();
        var body = Formats.JSON.writeValueAsString(body(delivery));
        var request = HttpRequest.newBuilder(URI.create(delivery.to().url()))
                .timeout(PATIENCE)
                .header("Content-Type", "application/json")
                .header("webhook-id", delivery.id())
                .header("webhook-timestamp", String.valueOf(now))
                .header("webhook-signature", new Secret(delivery.to().secret()).sign(delivery.id(), now, body))
                .POST(BodyPublishers.ofString(body))
                .build();
        try {
            int status = http.send(request, BodyHandlers.discarding()).statusCode();
            return status >= 200 && status < 300;
        } catch (IOException _) {
            return false;
        }
    }

    private static Map<String, Object> body(Delivery delivery) {
        var body = new LinkedHashMap<String, Object>();
        body.put("id", delivery.id());
        body.put("object", "event");
        body.put("type", "fine_tuning.job." + delivery.status());
        body.put("created_at", delivery.finishedAt());
        body.put("data", Map.of("id", delivery.job()));
        return body;
    }

    @Override
    public void close() {
        closing = true;
        thread.interrupt();
        http.close();
    }
}
