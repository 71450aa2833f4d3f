package plumb.service.watch;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import plumb.service.store.Job;
import plumb.service.store.Work.Backlog;

/**
 * What happens here, counted for Prometheus. Jobs and their queue are those of all servers that share the database, looked
 * up when somebody asks; all else is this server's, since it began. No label tells tenants, their models or their files apart.
 */
public final class Metrics implements AutoCloseable {
    /** Of {@link #scrape}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final Duration[] LATENCIES = Stream.of(
                    5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000)
            .map(Duration::ofMillis)
            .toArray(Duration[]::new);

    private final PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final JvmGcMetrics collections = new JvmGcMetrics();
    private final Supplier<Backlog> lookedUp;
    private volatile @Nullable Backlog backlog;

    /** @param backlog asked for at every {@link #scrape} */
    public Metrics(Supplier<Backlog> backlog) {
        this.lookedUp = backlog;
        List.of(
                        new JvmMemoryMetrics(),
                        collections,
                        new JvmThreadMetrics(),
                        new ClassLoaderMetrics(),
                        new ProcessorMetrics(),
                        new UptimeMetrics(),
                        new FileDescriptorMetrics())
                .forEach(part -> part.bindTo(registry));
        for (var status : Job.Status.values()) {
            var name = status.wireName();
            gauge("plumb.jobs", "status", name, () -> of(found -> found.jobs().getOrDefault(name, 0L)));
        }
        Gauge.builder("plumb.queue.age", () -> of(found -> System.currentTimeMillis() / 1000 - found.oldestQueued()))
                .description("Since when the oldest queued job has been there.")
                .baseUnit("seconds")
                .register(registry);
    }

    private void gauge(String name, String tag, String value, Supplier<Number> number) {
        Gauge.builder(name, number).tag(tag, value).register(registry);
    }

    /** NaN while the database is away. */
    private double of(java.util.function.ToLongFunction<Backlog> number) {
        var found = backlog;
        return found == null ? Double.NaN : number.applyAsLong(found);
    }

    /** Processes that work for this server, counted when somebody asks. */
    public void processes(Supplier<Number> training, Supplier<Number> answering) {
        gauge("plumb.processes", "work", "train", training);
        gauge("plumb.processes", "work", "answer", answering);
    }

    /**
     * A request was answered.
     *
     * @param route as the server knows it, with its parameters' names
     */
    public void answered(String method, String route, int status, Duration took) {
        Timer.builder("plumb.http.requests")
                .tags("method", method, "route", route, "status", String.valueOf(status))
                .serviceLevelObjectives(LATENCIES)
                .register(registry)
                .record(took);
    }

    /** A rule of a gate was measured on a checkpoint. */
    public void gated(String rule, String outcome) {
        registry.counter("plumb.gate.findings", "rule", rule, "outcome", outcome.toLowerCase(Locale.ROOT))
                .increment();
    }

    /** Tokens were trained on. */
    public void trained(long tokens) {
        registry.counter("plumb.tokens", "work", "train").increment((double) tokens);
    }

    /** Tokens were read and written to answer. */
    public void sampled(long tokens) {
        registry.counter("plumb.tokens", "work", "answer").increment((double) tokens);
    }

    /** A webhook was tried: {@code arrived}, to be tried {@code again}, or {@code given_up}. */
    public void delivered(String outcome) {
        registry.counter("plumb.webhooks", "outcome", outcome).increment();
    }

    /** All of it, as Prometheus reads it. */
    public String scrape() {
        try {
            backlog = lookedUp.get();
        } catch (JdbiException _) {
            backlog = null;
        }
        return registry.scrape();
    }

    @Override
    public void close() {
        collections.close();
        registry.close();
    }
}
