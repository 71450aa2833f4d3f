package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Body;
import plumb.service.http.call.Calls;
import plumb.service.store.Ids;
import plumb.service.store.Webhooks;
import plumb.service.store.Webhooks.Webhook;
import plumb.service.webhook.Courier;
import plumb.service.webhook.Secret;

/** {@code /v1/webhook_endpoints}: where a tenant is told of its jobs' ends. */
final class WebhookRoutes {
    private static final String ANYWHERE = "*";
    private static final int MOST = 20;
    private static final int HINT = 4;
    private static final String KEEP = "keep_old_secret_active_for_24_hours";
    private static final long DAY = 86_400;
    private static final List<String> TYPES =
            List.of("fine_tuning.job.succeeded", "fine_tuning.job.failed", "fine_tuning.job.cancelled");

    private final Webhooks webhooks;
    private final Courier courier;
    private final List<String> hosts;
    private final Clock clock;

    /** @param hosts that may be written to; {@code *}: any */
    WebhookRoutes(Webhooks webhooks, Courier courier, List<String> hosts, Clock clock) {
        this.webhooks = webhooks;
        this.courier = courier;
        this.hosts = hosts;
        this.clock = clock;
    }

    void add(RoutesConfig routes) {
        routes.post("/v1/webhook_endpoints", this::create);
        routes.get("/v1/webhook_endpoints", this::list);
        routes.get("/v1/webhook_endpoints/{id}", call -> Calls.json(call, shown(webhook(call))));
        routes.post("/v1/webhook_endpoints/{id}", this::update);
        routes.post("/v1/webhook_endpoints/{id}/rotate_secret", this::rotate);
        routes.post("/v1/webhook_endpoints/{id}/test", this::test);
        routes.delete("/v1/webhook_endpoints/{id}", this::delete);
        routes.get("/v1/webhook_event_types", call -> Calls.json(call, Map.of("object", "list", "data", TYPES)));
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
                now(),
                now(),
                body.text("name"),
                url,
                types(body.texts("event_types", TYPES.size())),
                Secret.random().text(),
                null);
        webhooks.add(webhook);
        Calls.json(call, shownWith(webhook.secret(), webhook));
    }

    private static Map<String, @Nullable Object> shownWith(String secret, Webhook webhook) {
        var shown = shown(webhook);
        shown.put("signing_secret", secret);
        return shown;
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private void update(Context call) {
        var webhook = webhook(call);
        var body = Body.read(call.bodyInputStream());
        body.only(Set.of("name", "url", "event_types"));
        var url = body.optionalText("url");
        boolean types = body.any("event_types") != null;
        webhooks.update(
                new Webhook(
                        webhook.id(),
                        webhook.tenant(),
                        webhook.createdAt(),
                        now(),
                        Objects.requireNonNullElse(body.optionalText("name"), webhook.name()),
                        url == null ? webhook.url() : url(url),
                        types ? types(body.texts("event_types", TYPES.size())) : webhook.types(),
                        webhook.secret(),
                        webhook.before()),
                types);
        Calls.json(call, shown(webhook(call)));
    }

    private void rotate(Context call) {
        var webhook = webhook(call);
        var body = Body.readOptional(call.bodyInputStream());
        body.only(Set.of(KEEP));
        var secret = Secret.random().text();
        webhooks.rotate(webhook, secret, body.flag(KEEP) ? now() + DAY : now());
        Calls.json(call, shownWith(secret, webhook(call)));
    }

    private void test(Context call) throws InterruptedException {
        var webhook = webhook(call);
        var body = Body.read(call.bodyInputStream());
        body.only(Set.of("event_type"));
        var type = types(List.of(body.text("event_type"))).getFirst();
        url(webhook.url()); // the policy may have changed since
        try {
            int status = courier.test(webhook, type);
            Calls.json(
                    call,
                    Map.of(
                            "object",
                            "webhook_endpoint.test",
                            "event_type",
                            type,
                            "status_code",
                            status,
                            "success",
                            true,
                            "webhook_endpoint_id",
                            webhook.id()));
        } catch (IOException e) {
            throw ApiError.invalid(
                    "Nobody answered at " + webhook.url() + " (" + e.getClass().getSimpleName() + ").",
                    "url",
                    "unreachable");
        }
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
        var page = Calls.page(call, "webhook_", MOST, MOST);
        var after = page.after();
        var left = webhooks.list(Calls.tenant(call)).stream()
                .filter(webhook -> after == null || webhook.id().compareTo(after) < 0)
                .map(WebhookRoutes::shown)
                .toList();
        Calls.list(call, left.subList(0, Math.min(page.limit(), left.size())), left.size() > page.limit());
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
        shown.put("updated_at", webhook.updatedAt());
        shown.put(
                "signing_secret_hint",
                "whsec_…" + webhook.secret().substring(webhook.secret().length() - HINT));
        shown.put("url", webhook.url());
        return shown;
    }
}
