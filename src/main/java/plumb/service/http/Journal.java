package plumb.service.http;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import plumb.service.http.call.Calls;
import plumb.service.store.Ids;
import plumb.service.watch.Metrics;

/**
 * Writes down every request once it has been answered: who asked for what, how it ended and how long it took. Never what was
 * in it: no body, no key, no query, and no name a tenant chose.
 */
record Journal(Metrics metrics) {
    private static final Logger LOG = LoggerFactory.getLogger("plumb.request");
    private static final String REQUEST = "x-request-id";
    private static final Set<String> WATCHING = Set.of("/health", "/metrics");
    private static final int FAILED = 500;

    /** Gives a request its name. */
    static void open(Context call) {
        call.header(REQUEST, Ids.next("req_"));
    }

    void note(Context call, Float millis) {
        var took = Duration.ofNanos((long) (millis * 1e6));
        var route = route(call);
        int status = call.statusCode();
        metrics.answered(call.method().name(), route, status, took);
        metrics.sampled(Calls.tokens(call));
        if (status < 400 && WATCHING.contains(route)) {
            return;
        }
        var key = Calls.key(call);
        LOG.atLevel(status >= FAILED ? Level.ERROR : Level.INFO)
                .addKeyValue("request_id", call.res().getHeader(REQUEST))
                .addKeyValue("tenant", key == null ? null : key.tenant())
                .addKeyValue("key", key == null ? null : key.id())
                .addKeyValue("address", call.ip())
                .addKeyValue("method", call.method().name())
                .addKeyValue("route", route)
                .addKeyValue("status", status)
                .addKeyValue("duration_ms", took.toMillis())
                .addKeyValue("tokens", Calls.tokens(call))
                .addKeyValue("retry", call.header("x-stainless-retry-count"))
                .log("request");
    }

    /** Which endpoint it was, by the name of its parameters; one word for all that is none, or was refused before. */
    private static String route(Context call) {
        var endpoint = call.endpoints().lastHttpEndpoint();
        return endpoint == null ? "none" : documented(endpoint.path);
    }

    /** A path as OpenAPI spells it: Javalin writes a parameter that may hold slashes otherwise. */
    static String documented(String path) {
        return path.replace('<', '{').replace('>', '}');
    }

    /** Something went wrong on this side. An exception's message may quote what a tenant sent, so it is left out. */
    static void broke(Context call, Exception e) {
        LOG.atError()
                .addKeyValue("request_id", call.res().getHeader(REQUEST))
                .addKeyValue("exception", e.getClass().getName())
                .addKeyValue(
                        "stack",
                        Arrays.stream(e.getStackTrace())
                                .map(StackTraceElement::toString)
                                .toList())
                .log("broken");
    }
}
