package plumb.service;

import io.javalin.Javalin;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.service.answer.AnswerWorkers;
import plumb.service.http.Api;
import plumb.service.job.ChildProcess;
import plumb.service.job.JobRunner;
import plumb.service.job.Tidying;
import plumb.service.policy.Policy;
import plumb.service.safety.SigningKey;
import plumb.service.store.Audit;
import plumb.service.store.Database;
import plumb.service.store.Ids;
import plumb.service.store.Keys;
import plumb.service.store.Scope;
import plumb.service.store.Store;
import plumb.service.store.Work;
import plumb.service.tls.Pem;
import plumb.service.tls.Tls;
import plumb.service.watch.Metrics;
import plumb.service.webhook.Courier;

/**
 * The service, running. Everything that was acknowledged is in its folder and its database; whatever is killed goes on
 * when the service is started again. Several servers may share a folder and a PostgreSQL, and then take jobs from one
 * queue; with SQLite one server has the folder to itself.
 */
public final class Service implements AutoCloseable {
    /** Whose key is made when there is none. */
    private static final String LOCAL = "local";

    /** Where the operator is. */
    private static final String HERE = "this machine";

    private final @Nullable FileLock lock;
    private final Database database;
    private final Keys keys;
    private final JobRunner runner;
    private final AnswerWorkers workers;
    private final Courier courier;
    private final Tidying tidying;
    private final Metrics metrics;
    private final Api api;
    private @Nullable Javalin web;
    private @Nullable Tls tls;
    private Duration drain = Listening.USUAL_DRAIN;

    /**
     * Where everything is kept.
     *
     * @param data folder, made when it is not there
     * @param database as JDBC has it; none: SQLite in that folder
     * @param lease after how long without a sign of life a server's jobs go to another
     */
    public record Place(Path data, @Nullable String database, Duration lease) {
        /** Keys and secrets of webhooks are in there: it is its owner's alone. */
        private static final FileAttribute<?> OWN =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

        /** Of jobs, when nobody says otherwise. */
        public static final Duration USUAL_LEASE = Duration.ofSeconds(20);

        /** SQLite in a folder. */
        public Place(Path data) {
            this(data, null, USUAL_LEASE);
        }

        private Database open() {
            try {
                if (!java.nio.file.Files.exists(data)) {
                    java.nio.file.Files.createDirectories(data, OWN);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            return Database.open(database != null ? database : Database.sqlite(data.resolve("service.sqlite")));
        }
    }

    public Service(Place place, Policy policy) {
        policy.requireFiles();
        var data = place.data();
        try {
            this.database = place.open();
            this.lock = database.isShared() ? null : lock(data);
            ServiceFolder.require(data, database);
            var clock = Clock.systemUTC();
            var store = Store.of(database, clock, data.resolve("files"));
            this.keys = store.keys();
            var work = freed(new Work(database, clock, Ids.next("server-"), place.lease()), lock != null);
            this.metrics = new Metrics(work::backlog);
            var key = SigningKey.in(data);
            var runs = java.nio.file.Files.createDirectories(data.resolve("jobs"));
            this.runner = new JobRunner(work, store.files(), policy, runs, key, metrics);
            var share = new ChildProcess.Share(policy.limits().answerHeap(), "0", 1, 0);
            this.workers = new AnswerWorkers(share, data.resolve("answers.log"));
            metrics.processes(runner::running, workers::running);
            var uploads = java.nio.file.Files.createDirectories(data.resolve("uploads"));
            this.tidying = new Tidying(runs, store.jobs(), store.models());
            this.courier = new Courier(store.webhooks(), clock, metrics);
            this.api = new Api(new Api.Parts(store, runner, key, workers, courier, policy, metrics, uploads, clock));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where no other server can be, what an earlier one held is free at once. */
    private static Work freed(Work work, boolean alone) {
        if (alone) {
            work.releaseAll();
        }
        return work;
    }

    @SuppressWarnings("resource") // the channel lives as long as the lock
    private static FileLock lock(Path data) throws IOException {
        var channel =
                FileChannel.open(data.resolve("service.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var lock = channel.tryLock();
        if (lock == null) {
            channel.close();
            throw new BadInput(
                    data
                            + " is in use by another plumb serve; stop that one, choose another --data, or let both share a PostgreSQL (docs/service.md)");
        }
        return lock;
    }

    /** A key for whoever runs this on their own machine; none when there are keys already. */
    public Optional<String> firstKey() {
        return keys.isEmpty() ? Optional.of(keys.issue(new Keys.Wish(LOCAL))) : Optional.empty();
    }

    /** A new key; the service may be running meanwhile. */
    public static String newKey(Place place, Keys.Wish wish) {
        return withKeys(place, (keys, audit) -> {
            var key = keys.issue(wish);
            audit.add(
                    null,
                    HERE,
                    "new key " + Keys.idOf(key) + " for " + wish.tenant() + ": " + Scope.text(wish.scopes()),
                    0);
            return key;
        });
    }

    /** Ends a key; false when there is none of this id. */
    public static boolean revokeKey(Place place, String id) {
        return withKeys(place, (keys, audit) -> {
            boolean revoked = keys.revoke(id);
            if (revoked) {
                audit.add(null, HERE, "revoke key " + id, 0);
            }
            return revoked;
        });
    }

    /** Who did what, oldest first. */
    public static List<Audit.Entry> audit(Place place) {
        return withKeys(place, (_, audit) -> audit.all());
    }

    /** Copies everything into a new folder, also while a server runs. */
    public static void backUp(Place place, Path to) {
        try (var database = place.open()) {
            var store = Store.of(database, Clock.systemUTC(), place.data().resolve("files"));
            new Backup(place.data(), store, to).make();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T withKeys(Place place, BiFunction<Keys, Audit, T> work) {
        try (var database = place.open()) {
            var clock = Clock.systemUTC();
            return work.apply(new Keys(database, clock), new Audit(database, clock));
        }
    }

    /**
     * Where and how a server listens.
     *
     * @param port 0 takes a free one
     * @param certificate none: plain HTTP
     * @param drain how long those who wait for an answer may still get it when the server is stopped
     */
    public record Listening(String host, int port, @Nullable Pem certificate, Duration drain) {
        /** When nobody says otherwise. */
        public static final Duration USUAL_DRAIN = Duration.ofSeconds(30);
    }

    /** Goes on with open jobs, and listens in plain HTTP. */
    int start(String host, int port) {
        return start(new Listening(host, port, null, Listening.USUAL_DRAIN));
    }

    /** Goes on with open jobs, and listens; the port. */
    public int start(Listening how) {
        try {
            this.tls = how.certificate() == null ? null : new Tls(how.certificate(), Tls.USUAL_LOOK);
        } catch (IOException e) {
            throw new BadInput("the certificate or its key cannot be read: " + e, e);
        }
        this.drain = how.drain();
        runner.start();
        courier.start();
        tidying.start();
        var listening = api.listen(how.host(), how.port(), tls);
        this.web = listening;
        return listening.port();
    }

    /** Every endpoint as {@code GET /v1/files/{id}}: for those who check that nothing is forgotten. */
    List<String> routes() {
        return Api.routes(Objects.requireNonNull(web));
    }

    /** Takes nothing new, answers what is being asked while jobs save, and leaves. */
    @Override
    public void close() {
        api.refuse();
        var saving = Thread.ofVirtual().name("saving").start(runner::close);
        try {
            api.await(drain);
            saving.join();
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
        if (web != null) {
            web.stop();
        }
        if (tls != null) {
            tls.close();
        }
        courier.close();
        tidying.close();
        workers.close();
        metrics.close();
        database.close();
        try {
            if (lock != null) {
                lock.acquiredBy().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
