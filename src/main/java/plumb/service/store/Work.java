package plumb.service.store;

import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import plumb.service.store.Event.News;
import plumb.service.store.Job.Status;

/**
 * The jobs, to a server that works on them. A job is claimed before it is worked on, for as long as a lease lasts unless it
 * is renewed; whatever a server writes about a job it does not hold any more is not written. So of several servers one
 * works on a job, and when that one dies another takes it over. Times are the database's, so servers' clocks need not
 * agree.
 */
public final class Work {
    private final Database database;
    private final Clock clock;
    private final String owner;
    private final Duration lease;

    /**
     * The work of one server.
     *
     * @param owner which; no two that run at the same time are called the same
     * @param lease how long a claim lasts
     */
    public Work(Database database, Clock clock, String owner, Duration lease) {
        this.database = database;
        this.clock = clock;
        this.owner = owner;
        this.lease = lease;
    }

    public Duration lease() {
        return lease;
    }

    /**
     * Takes a job of these statuses that nobody holds. Those that were begun come first; then it is the turn of the tenant
     * with the fewest running jobs, of several of the one that was served longest ago, and of that one's oldest job.
     *
     * @param most how many jobs of a tenant may run; none: any number
     */
    public Optional<Job> claim(Set<Status> statuses, Function<String, @Nullable Long> most) {
        return database.inTransaction(handle -> {
            var full = new ArrayList<>(List.of("")); // nobody's name
            var due = due(handle, statuses, full);
            while (due.isPresent() && isOneTooMany(handle, due.get(), most)) {
                full.add(due.get().tenant());
                due = due(handle, statuses, full);
            }
            due.ifPresent(job -> take(handle, job));
            return due;
        });
    }

    /** Whoever looks at the same time leaves this job and this tenant's others out. */
    private Optional<Job> due(Handle handle, Set<Status> statuses, List<String> full) {
        return handle.createQuery("SELECT job.* FROM job JOIN tenant ON tenant.name = job.tenant"
                        + " LEFT JOIN (SELECT tenant, COUNT(*) AS jobs FROM job WHERE " + isRunning()
                        + " GROUP BY tenant) busy ON busy.tenant = job.tenant"
                        + " WHERE job.status IN (<statuses>)"
                        + " AND (job.owner IS NULL OR job.leased_until < " + database.millis() + ")"
                        + " AND (job.rests_until IS NULL OR job.rests_until < " + database.millis() + ")"
                        + " AND (job.status <> 'queued' OR job.tenant NOT IN (<full>))"
                        + " ORDER BY CASE job.status WHEN 'running' THEN 0 ELSE 1 END,"
                        + " COALESCE(busy.jobs, 0), COALESCE(tenant.served_at, 0), job.id LIMIT 1"
                        + database.skippingLocked("job, tenant"))
                .bindList("statuses", statuses.stream().map(Status::wireName).toList())
                .bindList("full", full)
                .map((row, _) -> Jobs.read(row))
                .findOne();
    }

    /** SQL: a job is being worked on, or somebody is about to. */
    private String isRunning() {
        return "(status = 'running' OR (status = 'queued' AND owner IS NOT NULL AND leased_until >= "
                + database.millis() + "))";
    }

    /** Counted while the tenant is locked: nobody else begins a job of it meanwhile. */
    private boolean isOneTooMany(Handle handle, Job job, Function<String, @Nullable Long> most) {
        var limit = most.apply(job.tenant());
        return limit != null
                && job.status() == Status.QUEUED
                && handle.createQuery("SELECT COUNT(*) FROM job WHERE tenant = :tenant AND " + isRunning())
                                .bind("tenant", job.tenant())
                                .mapTo(Long.class)
                                .one()
                        >= limit;
    }

    private void take(Handle handle, Job job) {
        handle.createUpdate("UPDATE job SET owner = :owner, rests_until = NULL, leased_until = " + database.millis()
                        + " + :lease WHERE id = :id")
                .bind("owner", owner)
                .bind("lease", lease.toMillis())
                .bind("id", job.id())
                .execute();
        if (job.status() == Status.QUEUED) {
            handle.execute("UPDATE tenant SET served_at = " + database.millis() + " WHERE name = ?", job.tenant());
        }
    }

    /** Begins the leases of these jobs anew; which of them are still held. */
    public Set<String> renew(Collection<String> jobs) {
        if (jobs.isEmpty()) {
            return Set.of();
        }
        return database.inTransaction(handle -> {
            handle.createUpdate("UPDATE job SET leased_until = " + database.millis()
                            + " + :lease WHERE owner = :owner AND id IN (<jobs>)")
                    .bind("lease", lease.toMillis())
                    .bind("owner", owner)
                    .bindList("jobs", List.copyOf(jobs))
                    .execute();
            return handle
                    .createQuery("SELECT id FROM job WHERE owner = :owner AND id IN (<jobs>)")
                    .bind("owner", owner)
                    .bindList("jobs", List.copyOf(jobs))
                    .mapTo(String.class)
                    .stream()
                    .collect(Collectors.toSet());
        });
    }

    /**
     * Lets a job go.
     *
     * @param rest how long nobody is to take it
     */
    public void release(String job, Duration rest) {
        database.useTransaction(
                handle -> handle.createUpdate("UPDATE job SET owner = NULL, leased_until = NULL, rests_until = "
                                + database.millis() + " + :rest WHERE id = :id AND owner = :owner")
                        .bind("rest", rest.toMillis())
                        .bind("id", job)
                        .bind("owner", owner)
                        .execute());
    }

    /** For a server that knows that it is the only one: whoever held a job is gone. */
    public void releaseAll() {
        database.useTransaction(handle -> handle.execute("UPDATE job SET owner = NULL, leased_until = NULL"));
    }

    public Status status(Job job) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT * FROM job WHERE id = :id")
                        .bind("id", job.id())
                        .map((row, _) -> Jobs.read(row).status())
                        .one());
    }

    /** The files are right: the job waits for its turn. */
    public boolean queue(Job job, JobRequest.Hyperparameters resolved) {
        return change(
                job,
                List.of(Status.VALIDATING_FILES),
                "status = 'queued', resolved = :resolved",
                Map.of("resolved", Jobs.json(resolved)),
                List.of(News.message("Files validated, moving job to queued state", "queued")));
    }

    /** Its process begins; nothing changes when it had begun before. */
    public void start(Job job) {
        change(
                job,
                List.of(Status.QUEUED),
                "status = 'running'",
                Map.of(),
                List.of(News.message("Fine-tuning job started", "started")));
    }

    public void attempted(Job job, int attempts) {
        change(job, List.of(Status.RUNNING), "attempts = :attempts", Map.of("attempts", attempts), List.of());
    }

    /** The job could not be done. */
    public boolean fail(Job job, Job.Failure failure) {
        return change(
                job,
                Status.OPEN,
                "status = 'failed', finished_at = :now, error = :error",
                Map.of("now", now(), "error", Jobs.json(failure)),
                List.of(News.error(failure.message(), "failed")));
    }

    /** The job is done, and this model is out. */
    public boolean succeed(Job job, long step, long trainedTokens) {
        return database.inTransaction(handle -> {
            boolean changed = change(
                    handle,
                    job,
                    List.of(Status.RUNNING),
                    "status = 'succeeded', finished_at = :now, fine_tuned_model = :model, trained_tokens = :tokens",
                    Map.of("now", now(), "model", job.modelName(), "tokens", trainedTokens));
            if (changed) {
                Models.release(handle, job, job.modelName(), step, now());
                Jobs.tell(
                        handle,
                        job.id(),
                        News.message("New fine-tuned model created: " + job.modelName(), "model"),
                        now());
                Jobs.tell(handle, job.id(), News.message("The job has successfully completed", "succeeded"), now());
            }
            return changed;
        });
    }

    /** Something happened to a job; told once. What was told now, by what happened. */
    public Set<String> tell(Job job, List<News> news) {
        return database.inTransaction(handle -> {
            boolean held = holds(handle, job);
            return news.stream()
                    .filter(item -> held && Jobs.tell(handle, job.id(), item, now()))
                    .map(News::once)
                    .collect(Collectors.toSet());
        });
    }

    /**
     * A step of a job was measured; false when that was known, or the job is not held any more.
     *
     * @param usable whether its model may be used
     */
    public boolean measured(Job job, long step, Object metrics, boolean usable, News news) {
        return database.inTransaction(handle -> {
            if (!holds(handle, job)) {
                return false;
            }
            handle.createUpdate("INSERT INTO checkpoint (id, job, created_at, step, model, metrics)"
                            + " VALUES (:id, :job, :now, :step, :model, :metrics) ON CONFLICT (job, step) DO NOTHING")
                    .bind("id", Ids.next("ftckpt_"))
                    .bind("job", job.id())
                    .bind("now", now())
                    .bind("step", step)
                    .bind("model", job.checkpointName(step))
                    .bind("metrics", Jobs.json(metrics))
                    .execute();
            if (usable) {
                Models.checkpoint(handle, job, job.checkpointName(step), step, now());
            }
            return Jobs.tell(handle, job.id(), news, now());
        });
    }

    /**
     * How much there is to do.
     *
     * @param jobs by status, of all tenants; a status nobody has is not there
     * @param oldestQueued when the oldest queued job was created, in seconds since 1970; now, when none is queued
     */
    public record Backlog(Map<String, Long> jobs, long oldestQueued) {}

    /** Looks how much there is to do. */
    public Backlog backlog() {
        return database.jdbi().withHandle(handle -> {
            var jobs = handle.createQuery("SELECT status, COUNT(*) AS jobs FROM job GROUP BY status")
                    .map((row, _) -> Map.entry(row.getString("status"), row.getLong("jobs")))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
            var oldest = handle.createQuery("SELECT MIN(created_at) FROM job WHERE status = 'queued'")
                    .mapTo(Long.class)
                    .findOne();
            return new Backlog(jobs, oldest.orElseGet(this::now));
        });
    }

    /** Nobody takes the job before the transaction ends. */
    private boolean holds(Handle handle, Job job) {
        return handle.createUpdate("UPDATE job SET owner = owner WHERE id = :id AND owner = :owner")
                        .bind("id", job.id())
                        .bind("owner", owner)
                        .execute()
                > 0;
    }

    private boolean change(Job job, Collection<Status> from, String set, Map<String, ?> values, List<News> news) {
        return database.inTransaction(handle -> {
            boolean changed = change(handle, job, from, set, values);
            if (changed) {
                news.forEach(item -> Jobs.tell(handle, job.id(), item, now()));
            }
            return changed;
        });
    }

    private boolean change(Handle handle, Job job, Collection<Status> from, String set, Map<String, ?> values) {
        return holds(handle, job) && Jobs.change(handle, job.id(), from, set, values);
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }
}
