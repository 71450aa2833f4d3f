package plumb.service.http;

import io.javalin.Javalin;
import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import io.javalin.http.HttpResponseException;
import io.javalin.util.JavalinBindException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.ServerConnector;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.report.Formats;
import plumb.service.answer.AnswerWorkers;
import plumb.service.dashboard.Dashboard;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Calls;
import plumb.service.http.call.Unreadable;
import plumb.service.job.JobRunner;
import plumb.service.policy.Policy;
import plumb.service.safety.SigningKey;
import plumb.service.store.Database;
import plumb.service.store.Store;
import plumb.service.tls.Tls;
import plumb.service.watch.Metrics;
import plumb.service.webhook.Courier;
import tools.jackson.databind.JsonNode;

/** The endpoints, who may call them, and what is said when a call fails. */
public final class Api {
    private static final int MOST_PORT = 65_535;
    /** Longer than clients keep a connection for their next request, so that none is closed under one. */
    private static final Duration IDLE = Duration.ofMinutes(6);

    private final Doorkeeper door;
    private final Journal journal;
    private final Metrics metrics;
    private final Throttle throttle;
    private final Drain drain = new Drain();
    private final Database database;
    private final Policy policy;
    private final List<java.util.function.Consumer<RoutesConfig>> groups;

    /**
     * The parts of the service that endpoints speak to.
     *
     * @param uploads folder for files on their way in
     */
    public record Parts(
            Store store,
            JobRunner runner,
            SigningKey key,
            AnswerWorkers workers,
            Courier courier,
            Policy policy,
            Metrics metrics,
            Path uploads,
            Clock clock) {}

    public Api(Parts parts) {
        var store = parts.store();
        var policy = parts.policy();
        this.door = new Doorkeeper(store.keys(), store.audit());
        this.journal = new Journal(parts.metrics());
        this.metrics = parts.metrics();
        this.throttle = new Throttle(parts.policy());
        this.database = store.database();
        this.policy = policy;
        var served = new Served(policy, store.models(), parts.runner());
        this.groups = List.of(
                new Dashboard()::add,
                new FileRoutes(store.files(), parts.uploads(), policy)::add,
                new UploadRoutes(store.uploads(), store.files(), parts.uploads(), policy, parts.clock())::add,
                new JobRoutes(store.jobs(), store.files(), policy, parts.clock(), parts.runner()::lay)::add,
                new EventRoutes(store.jobs(), drain::hasBegun)::add,
                new SafetyRoutes(store.jobs(), parts.runner(), parts.key())::add,
                served::add,
                new WebhookRoutes(
                        store.webhooks(), parts.courier(), policy.limits().webhookHosts(), parts.clock())::add,
                new ChatRoutes(served, parts.workers(), parts.clock())::add,
                new CompletionRoutes(served, parts.workers(), parts.clock())::add);
    }

    /**
     * Listens.
     *
     * @param port 0 takes a free one
     * @param tls none: plain HTTP
     */
    public Javalin listen(String host, int port, @Nullable Tls tls) {
        if (port < 0 || port > MOST_PORT) {
            throw new BadInput("a port is a number from 0, which takes a free one, to " + MOST_PORT + ", got " + port);
        }
        try {
            return listening(host, port, tls);
        } catch (JavalinBindException e) {
            throw new BadInput(
                    "cannot listen on " + host + ":" + port
                            + ": it is taken, or not this machine's to take; try --port 0",
                    e);
        }
    }

    private Javalin listening(String host, int port, @Nullable Tls tls) {
        return Javalin.create(config -> {
                    config.concurrency.useVirtualThreads = true;
                    config.startup.showJavalinBanner = false;
                    config.http.defaultContentType = "application/json";
                    config.http.maxRequestSize = Long.MAX_VALUE; // each endpoint has its own limit
                    config.jetty.modifyServer(server -> server.setErrorHandler(new Unreadable()));
                    config.jetty.addConnector((server, http) -> {
                        var connector = tls == null
                                ? new ServerConnector(server, new HttpConnectionFactory(http))
                                : tls.connector(server, http);
                        connector.setHost(host);
                        connector.setPort(port);
                        connector.setIdleTimeout(IDLE.toMillis());
                        return connector;
                    });
                    config.requestLogger.http((call, millis) -> {
                        journal.note(call, millis);
                        throttle.settle(call);
                    });
                    add(config.routes);
                })
                .start(host, port);
    }

    /** From now on nothing new is taken, and a balancer is told. */
    public void refuse() {
        drain.begin();
    }

    /** Waits until everything that was going on has been answered, or this time is over. */
    public void await(Duration most) throws InterruptedException {
        drain.await(most);
    }

    private void add(RoutesConfig routes) {
        routes.before(Journal::open);
        routes.before(drain::enter);
        routes.before(Calls::requirePrintable);
        door.add(routes);
        routes.before("/v1/*", throttle::admit);
        routes.get("/health", this::health);
        routes.get("/metrics", call -> call.contentType(Metrics.CONTENT_TYPE).result(metrics.scrape()));
        routes.get("/v1/policy", call -> Calls.json(call, policy.shown(Calls.tenant(call))));
        routes.get("/openapi.json", call -> Calls.json(call, document()));
        groups.forEach(group -> group.accept(routes));
        routes.exception(ApiError.class, (e, call) -> fail(call, e));
        routes.exception(Store.OtherRequest.class, (_, call) -> fail(call, ApiError.reused()));
        routes.exception(Store.Full.class, (e, call) -> fail(call, ApiError.tooMuch(String.valueOf(e.getMessage()))));
        routes.exception(HttpResponseException.class, (e, call) -> fail(call, unrouted(call, e)));
        routes.exception(
                UncheckedIOException.class, (e, call) -> broken(call, e, "The server could not use its disk."));
        routes.exception(
                Exception.class,
                (e, call) -> broken(
                        call, e, "The server had an error: " + e.getClass().getSimpleName()));
    }

    private static void broken(Context call, Exception e, String message) {
        Journal.broke(call, e);
        fail(call, ApiError.of(500, message));
    }

    /** 503 while the database is away, or the server is being stopped: a balancer then asks another server. */
    private void health(Context call) {
        boolean reachable = database.isReachable();
        var status = drain.hasBegun() ? "stopping" : reachable ? "ok" : "unavailable";
        call.status(status.equals("ok") ? 200 : 503);
        Calls.json(call, Map.of("status", status, "database", reachable ? "ok" : "unreachable"));
    }

    /** What the endpoints take and give, in OpenAPI's words. */
    private static JsonNode document() {
        try (var in = Objects.requireNonNull(Api.class.getResourceAsStream("openapi.yaml"))) {
            return Formats.YAML.readTree(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every endpoint of a server as {@code GET /v1/files/{id}}. */
    public static List<String> routes(Javalin server) {
        return server.unsafe.internalRouter.allHttpHandlers().stream()
                .filter(route -> route.endpoint.method.isHttpMethod())
                .map(route -> route.endpoint.method + " " + Journal.documented(route.endpoint.path))
                .toList();
    }

    private static ApiError unrouted(Context call, HttpResponseException e) {
        return e.getStatus() == 404
                ? ApiError.notFound(
                        "Unknown request URL: " + call.method() + " " + call.path() + ".", null, "unknown_url")
                : ApiError.of(e.getStatus(), String.valueOf(e.getMessage()));
    }

    private static void fail(Context call, ApiError error) {
        Calls.readRest(call);
        call.status(error.status());
        var wait = error.comeBackAfter();
        if (wait != null) {
            call.header("retry-after", String.valueOf(wait.plusMillis(999).toSeconds()));
            call.header("retry-after-ms", String.valueOf(wait.plusNanos(999_999).toMillis()));
        } else if (error.status() < 500) {
            call.header("x-should-retry", "false");
        }
        Calls.json(call, error.body());
    }
}
