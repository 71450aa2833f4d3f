package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.service.store.Ids;
import plumb.service.store.Webhooks;
import plumb.service.store.Webhooks.Webhook;
import plumb.service.webhook.Secret;

/** {@code /v1/webhook_endpoints}: where a tenant is told of its jobs' ends. */
final class WebhookRoutes {
    private static final String ANYWHERE = "*";
    private static final int MOST = 20;
    private static final List<String> TYPES =
            List.of("fine_tuning.job.succeeded", "fine_tuning.job.failed", "fine_tuning.job.cancelled");

    private final Webhooks webhooks;
    private final List<String> hosts;
    private final Clock clock;

    /** @param hosts that may be written to; {@code *}: any */
    WebhookRoutes(Webhooks webhooks, List<String> hosts, Clock clock) {
        this.webhooks = webhooks;
        this.hosts = hosts;
        this.clock = clock;
    }

    void add(RoutesConfig routes) {
        routes.post("/v1/webhook_endpoints", this::create);
        routes.get("/v1/webhook_endpoints", this::list);
        routes.get("/v1/webhook_endpoints/{id}", call -> Calls.json(call, shown(webhook(call))));
        routes.delete("/v1/webhook_endpoints/{id}", this::delete);
    }

    private void create(Context call) {
        var body = Body.read(call.bodyInputStream());
        body.only(Set.of("name", "url", "event_types"));
        var url = url(body.text("url"));
        var tenant = Calls.tenant(call);
        if (webhooks.list(tenant).size() >= MOST) {
            throw ApiError.invalid("There are " + MOST + " webhooks already; delete one first.", null);
        }
        var webhook = new Webhook(
                Ids.next("webhook_"),
                tenant,
                clock.instant().getEpochSecond(),
                body.text("name"),
                url,
                types(body.texts("event_types", TYPES.size())),
                Secret.random().text());
        webhooks.add(webhook);
        var shown = shown(webhook);
        shown.put("signing_secret", webhook.secret());
        Calls.json(call, shown);
    }

    private static List<String> types(List<String> wanted) {
        if (wanted.isEmpty() || !TYPES.containsAll(wanted)) {
            throw ApiError.invalid("Events are some of " + TYPES + ".", "event_types", "invalid_value");
        }
        return wanted;
    }

    private String url(String text) {
        try {
            var url = new URI(text);
            if (!Set.of("http", "https").contains(String.valueOf(url.getScheme())) || url.getHost() == null) {
                throw ApiError.invalid("A webhook's address begins with https:// or http://.", "url", "invalid_value");
            }
            if (!hosts.contains(ANYWHERE) && !hosts.contains(url.getHost())) {
                throw ApiError.invalid(
                        "The provider's policy lets webhooks go to " + hosts + " only.", "url", "invalid_value");
            }
            return text;
        } catch (URISyntaxException e) {
            throw ApiError.invalid("This is no address: " + e.getMessage(), "url", "invalid_value");
        }
    }

    private void list(Context call) {
        Calls.list(
                call,
                webhooks.list(Calls.tenant(call)).stream()
                        .map(WebhookRoutes::shown)
                        .toList(),
                false);
    }

    private void delete(Context call) {
        var id = webhook(call).id();
        webhooks.delete(Calls.tenant(call), id);
        Calls.deleted(call, id, "webhook_endpoint.deleted");
    }

    private Webhook webhook(Context call) {
        var id = call.pathParam("id");
        return webhooks.list(Calls.tenant(call)).stream()
                .filter(webhook -> webhook.id().equals(id))
                .findFirst()
                .orElseThrow(() -> ApiError.notFound("No such webhook endpoint: " + id, "webhook_endpoint_id", null));
    }

    private static Map<String, @Nullable Object> shown(Webhook webhook) {
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("id", webhook.id());
        shown.put("object", "webhook_endpoint");
        shown.put("name", webhook.name());
        shown.put("event_types", webhook.types());
        shown.put("created_at", webhook.createdAt());
        shown.put("updated_at", webhook.createdAt());
        shown.put("url", webhook.url());
        return shown;
    }
}
