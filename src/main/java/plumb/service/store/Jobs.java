package plumb.service.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import plumb.report.Formats;
import plumb.service.store.Event.News;
import plumb.service.store.Job.Status;

/**
 * The jobs, to those who ask for them; {@link Work} is their other side. A job changes its status only from one it may be
 * left from, so of two that want to end a job one wins; what is told of a change is committed with it.
 */
public final class Jobs {
    private final Database database;
    private final Clock clock;

    public Jobs(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * A new job, waiting to have its files looked at.
     *
     * @param most open jobs its tenant may have; none: any number
     * @throws Store.Full when it would have more
     */
    public Job add(String tenant, JobRequest request, String requestHash, @Nullable Long most) {
        var job = fresh(tenant, request);
        database.useTransaction(handle -> {
            insert(handle, job, requestHash, null);
            requirePlace(handle, tenant, most);
        });
        return job;
    }

    /** After a job was added: takes it back when it is one too many. */
    private static void requirePlace(Handle handle, String tenant, @Nullable Long most) {
        if (most == null) {
            return;
        }
        Store.hold(handle, tenant);
        long open = handle.createQuery("SELECT COUNT(*) FROM job WHERE tenant = :tenant AND status IN (<open>)")
                .bind("tenant", tenant)
                .bindList("open", Status.OPEN.stream().map(Status::wireName).toList())
                .mapTo(Long.class)
                .one();
        if (open > most) {
            throw new Store.Full("You have " + (open - 1) + " jobs that have not ended, and may have " + most
                    + ". Wait for one to end, or cancel one.");
        }
    }

    private Job fresh(String tenant, JobRequest request) {
        return new Job(
                Ids.next("ftjob-"), tenant, now(), request, Status.VALIDATING_FILES, null, null, null, null, null, 0);
    }

    /** False when there is a job with this key. */
    private boolean insert(Handle handle, Job job, String requestHash, @Nullable String key) {
        boolean added = handle.createUpdate(
                                "INSERT INTO job (id, tenant, created_at, request, request_hash, request_key, status, attempts)"
                                        + " VALUES (:id, :tenant, :created, :request, :hash, :key, :status, 0)"
                                        + " ON CONFLICT (tenant, request_key) DO NOTHING")
                        .bind("id", job.id())
                        .bind("tenant", job.tenant())
                        .bind("created", job.createdAt())
                        .bind("request", json(job.request()))
                        .bind("hash", requestHash)
                        .bind("key", key)
                        .bind("status", job.status().wireName())
                        .execute()
                > 0;
        if (added) {
            var file = job.request().trainingFile();
            tell(handle, job.id(), News.message("Created fine-tuning job: " + job.id(), "created"), now());
            tell(handle, job.id(), News.message("Validating training file: " + file, "validating"), now());
        }
        return added;
    }

    /**
     * What a request is known by when it is sent again.
     *
     * @param key of the request
     * @param requestHash of what it asks for
     * @param since older jobs do not count: the key may be used again
     */
    public record Once(String key, String requestHash, long since) {}

    /**
     * A new job, or the one that was begun with this key.
     *
     * @throws Store.Full as {@link #add}
     * @throws Store.OtherRequest when that one was asked for something else
     */
    public Job addOnce(String tenant, JobRequest request, Once once, @Nullable Long most) {
        return database.inTransaction(handle -> {
            handle.execute(
                    "UPDATE job SET request_key = NULL WHERE tenant = ? AND request_key = ? AND created_at < ?",
                    tenant,
                    once.key(),
                    once.since());
            var job = fresh(tenant, request);
            if (!insert(handle, job, once.requestHash(), once.key())) {
                return begun(handle, tenant, once).orElseThrow();
            }
            requirePlace(handle, tenant, most);
            return job;
        });
    }

    /**
     * The job that was begun with this key.
     *
     * @throws Store.OtherRequest when it was asked for something else
     */
    public Optional<Job> begun(String tenant, Once once) {
        return database.jdbi().withHandle(handle -> begun(handle, tenant, once));
    }

    private static Optional<Job> begun(Handle handle, String tenant, Once once) {
        var first = handle.createQuery(
                        "SELECT * FROM job WHERE tenant = :tenant AND request_key = :key" + " AND created_at >= :since")
                .bind("tenant", tenant)
                .bind("key", once.key())
                .bind("since", once.since())
                .map((row, _) -> Map.entry(row.getString("request_hash"), read(row)))
                .findOne();
        if (first.filter(job -> !job.getKey().equals(once.requestHash())).isPresent()) {
            throw new Store.OtherRequest();
        }
        return first.map(Map.Entry::getValue);
    }

    public Optional<Job> find(String tenant, String id) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT * FROM job WHERE tenant = :tenant AND id = :id")
                        .bind("tenant", tenant)
                        .bind("id", id)
                        .map((row, _) -> read(row))
                        .findOne());
    }

    /** The newest job made by the same request since a time. */
    public Optional<Job> twin(String tenant, String requestHash, long since) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT * FROM job WHERE tenant = :tenant"
                                + " AND request_hash = :hash AND created_at >= :since ORDER BY id DESC LIMIT 1")
                        .bind("tenant", tenant)
                        .bind("hash", requestHash)
                        .bind("since", since)
                        .map((row, _) -> read(row))
                        .findOne());
    }

    /** Whether there is nothing left to do for this job; false, too, when there is no such job. */
    public boolean hasEnded(String id) {
        return database.jdbi()
                        .withHandle(handle -> handle.createQuery(
                                        "SELECT COUNT(*) FROM job WHERE id = :id AND finished_at IS NOT NULL")
                                .bind("id", id)
                                .mapTo(Long.class)
                                .one())
                > 0;
    }

    /** Whoever's it is; for those who run jobs. */
    public Job get(String id) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT * FROM job WHERE id = :id")
                        .bind("id", id)
                        .map((row, _) -> read(row))
                        .one());
    }

    /**
     * Some of a tenant's jobs.
     *
     * @param metadata what a job's metadata must hold
     */
    public Page<Job> list(String tenant, Map<String, String> metadata, Page.Query query) {
        var unlimited = new Page.Query(query.after(), Integer.MAX_VALUE - 1, query.oldestFirst());
        Predicate<Job> wanted = job -> job.request().metadata().entrySet().containsAll(metadata.entrySet());
        return database.jdbi().withHandle(handle -> {
            try (var rows = Files.bind(
                    handle.createQuery("SELECT * FROM job WHERE tenant = :tenant" + query.sql()),
                    metadata.isEmpty() ? query : unlimited)
                    .bind("tenant", tenant)
                    .map((row, _) -> read(row))
                    .stream()) {
                return Page.of(rows.filter(wanted).limit(query.limit() + 1L).toList(), query);
            }
        });
    }

    /** Nobody wants it any more; false when it had ended already. */
    public boolean cancel(Job job) {
        return change(
                job.id(),
                Status.OPEN,
                "status = 'cancelled', finished_at = :now",
                Map.of("now", now()),
                List.of(News.message("The job was cancelled", "cancelled")));
    }

    /** Its process saves and stops, and nobody takes the job up again; false when it had ended, or is paused already. */
    public boolean pause(Job job) {
        return change(
                job.id(),
                List.of(Status.VALIDATING_FILES, Status.QUEUED, Status.RUNNING),
                "status = 'paused'",
                Map.of(),
                List.of(News.message("The job was paused", Ids.next("paused-"))));
    }

    /** It waits for its turn again; false when it is not paused. */
    public boolean resume(Job job) {
        return change(
                job.id(),
                List.of(Status.PAUSED),
                "status = CASE WHEN resolved IS NULL THEN 'validating_files' ELSE 'queued' END",
                Map.of(),
                List.of(News.message("The job was resumed", Ids.next("resumed-"))));
    }

    public Page<Event> events(String job, Page.Query query) {
        return database.jdbi()
                .withHandle(handle -> Page.of(
                        Files.bind(handle.createQuery("SELECT * FROM event WHERE job = :job" + query.sql()), query)
                                .bind("job", job)
                                .map((row, _) -> event(row))
                                .list(),
                        query));
    }

    public Page<Checkpoint> checkpoints(String job, Page.Query query) {
        return database.jdbi()
                .withHandle(handle -> Page.of(
                        Files.bind(handle.createQuery("SELECT * FROM checkpoint WHERE job = :job" + query.sql()), query)
                                .bind("job", job)
                                .map((row, _) -> checkpoint(row))
                                .list(),
                        query));
    }

    private boolean change(String id, Collection<Status> from, String set, Map<String, ?> values, List<News> news) {
        return database.inTransaction(handle -> {
            boolean changed = change(handle, id, from, set, values);
            if (changed) {
                news.forEach(item -> tell(handle, id, item, now()));
            }
            return changed;
        });
    }

    static boolean change(Handle handle, String id, Collection<Status> from, String set, Map<String, ?> values) {
        return handle.createUpdate("UPDATE job SET " + set + " WHERE id = :id AND status IN (<from>)")
                        .bindMap(values)
                        .bind("id", id)
                        .bindList("from", from.stream().map(Status::wireName).toList())
                        .execute()
                > 0;
    }

    /** False when it was told before. */
    static boolean tell(Handle handle, String job, News news, long now) {
        boolean told = handle.createUpdate("INSERT INTO event (id, job, created_at, level, type, message, data, once)"
                                + " VALUES (:id, :job, :now, :level, :type, :message, :data, :once)"
                                + " ON CONFLICT (job, once) DO NOTHING")
                        .bind("id", Ids.next("ftevent-"))
                        .bind("job", job)
                        .bind("now", now)
                        .bind("level", news.level())
                        .bind("type", news.type())
                        .bind("message", news.message())
                        .bind("data", news.data() == null ? null : json(news.data()))
                        .bind("once", news.once())
                        .execute()
                > 0;
        if (told) {
            handle.afterCommit(() -> Told.log(job, news));
        }
        return told;
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    static String json(Object value) {
        return Formats.JSON.writeValueAsString(value);
    }

    private static <T> @Nullable T json(@Nullable String text, Class<T> type) {
        return text == null ? null : Formats.JSON.readValue(text, type);
    }

    static Job read(ResultSet row) throws SQLException {
        return new Job(
                row.getString("id"),
                row.getString("tenant"),
                row.getLong("created_at"),
                Formats.JSON.readValue(row.getString("request"), JobRequest.class),
                Formats.JSON.convertValue(row.getString("status"), Status.class),
                json(row.getString("resolved"), JobRequest.Hyperparameters.class),
                json(row.getString("error"), Job.Failure.class),
                row.getString("fine_tuned_model"),
                Files.number(row, "finished_at"),
                Files.number(row, "trained_tokens"),
                row.getInt("attempts"));
    }

    private static Event event(ResultSet row) throws SQLException {
        var data = row.getString("data");
        return new Event(
                row.getString("id"),
                row.getString("job"),
                row.getLong("created_at"),
                row.getString("level"),
                row.getString("type"),
                row.getString("message"),
                data == null ? null : Formats.JSON.readTree(data));
    }

    private static Checkpoint checkpoint(ResultSet row) throws SQLException {
        return new Checkpoint(
                row.getString("id"),
                row.getString("job"),
                row.getLong("created_at"),
                row.getLong("step"),
                row.getString("model"),
                Formats.JSON.readTree(row.getString("metrics")));
    }
}
