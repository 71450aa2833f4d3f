package plumb.service.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * Where tenants are told of their jobs' ends. What is to be told follows from the jobs themselves: a job that ended after a
 * webhook was made, and was not yet told there, is told. So nothing is lost however the server ends, and a delivery that
 * was claimed by a server that died comes up again.
 */
public final class Webhooks {
    private static final long CLAIM_SECONDS = 60;

    private final Database database;
    private final Clock clock;

    public Webhooks(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /**
     * A place to be told.
     *
     * @param types of the events wanted: {@code fine_tuning.job.succeeded} and the like
     * @param updatedAt when it was last changed
     * @param secret {@code whsec_…}, which signs
     * @param before the one before it, as long as that is good, too
     */
    public record Webhook(
            String id,
            String tenant,
            long createdAt,
            long updatedAt,
            String name,
            String url,
            List<String> types,
            String secret,
            @Nullable Before before) {

        /** Those that sign at a time, the newest first. */
        public List<String> secrets(long now) {
            return before != null && now < before.until() ? List.of(secret, before.secret()) : List.of(secret);
        }
    }

    /**
     * A secret that was replaced.
     *
     * @param until when it is good for nothing any more, in seconds since 1970
     */
    public record Before(String secret, long until) {}

    /**
     * Something to tell.
     *
     * @param id of the event, the same however often it is sent
     * @param status how the job ended
     * @param attempts how often it was tried before
     */
    public record Delivery(String id, Webhook to, String job, String status, long finishedAt, int attempts) {}

    /** Whatever has ended until now is not told there. */
    public void add(Webhook webhook) {
        database.useTransaction(handle -> {
            handle.createUpdate("INSERT INTO webhook (id, tenant, created_at, name, url, types, secret)"
                            + " VALUES (:id, :tenant, :createdAt, :name, :url, :wanted, :secret)")
                    .bindMethods(webhook)
                    .bind("wanted", String.join(" ", webhook.types()))
                    .execute();
            passOver(handle, webhook, ended(handle, webhook.tenant(), webhook.createdAt()));
        });
    }

    /** Times are in seconds: these ended in the one that has begun, but before now. */
    private static List<String> ended(Handle handle, String tenant, long since) {
        return handle.createQuery("SELECT id FROM job WHERE tenant = :tenant AND finished_at >= :since")
                .bind("tenant", tenant)
                .bind("since", since)
                .mapTo(String.class)
                .list();
    }

    /** As if these had been told already. */
    private static void passOver(Handle handle, Webhook webhook, List<String> jobs) {
        jobs.forEach(job -> deliver(handle, webhook.id(), job, null));
    }

    private static void deliver(Handle handle, String webhook, String job, @Nullable Long due) {
        handle.execute(
                "INSERT INTO delivery (id, webhook, job, attempts, due_at) VALUES (?, ?, ?, 0, ?)"
                        + " ON CONFLICT (webhook, job) DO NOTHING",
                Ids.next("evt_"),
                webhook,
                job,
                due);
    }

    public List<Webhook> list(String tenant) {
        return database.jdbi()
                .withHandle(
                        handle -> handle.createQuery("SELECT * FROM webhook WHERE tenant = :tenant ORDER BY id DESC")
                                .bind("tenant", tenant)
                                .map((row, _) -> read(row, "id"))
                                .list());
    }

    /** Another name, address or types. Ends before a change of types are told by the old ones. */
    public void update(Webhook changed, boolean types) {
        database.useTransaction(handle -> {
            var ended = ended(handle, changed.tenant(), changed.updatedAt());
            look(handle); // sees at least these
            handle.createUpdate("UPDATE webhook SET name = :name, url = :url, types = :wanted, updated_at = :updatedAt,"
                            + " told_since = CASE WHEN :since THEN :updatedAt ELSE told_since END"
                            + " WHERE tenant = :tenant AND id = :id")
                    .bindMethods(changed)
                    .bind("wanted", String.join(" ", changed.types()))
                    .bind("since", types)
                    .execute();
            if (types) {
                passOver(handle, changed, ended);
            }
        });
    }

    /**
     * Another secret.
     *
     * @param until when the old one is good for nothing any more
     */
    public void rotate(Webhook webhook, String secret, long until) {
        database.useTransaction(handle -> handle.createUpdate(
                        "UPDATE webhook SET old_secret = secret, old_until = :until, secret = :secret,"
                                + " updated_at = :now WHERE tenant = :tenant AND id = :id")
                .bind("until", until)
                .bind("secret", secret)
                .bind("now", now())
                .bind("tenant", webhook.tenant())
                .bind("id", webhook.id())
                .execute());
    }

    /** False when there is no such webhook. */
    public boolean delete(String tenant, String id) {
        return database.inTransaction(
                handle -> handle.execute("DELETE FROM webhook WHERE tenant = ? AND id = ?", tenant, id) > 0);
    }

    /** Writes down what is to be told of jobs that have ended. */
    public void look() {
        if (!database.jdbi().withHandle(Webhooks::untold).isEmpty()) {
            database.useTransaction(this::look);
        }
    }

    private void look(Handle handle) {
        untold(handle).forEach(one -> deliver(handle, one.getFirst(), one.getLast(), now()));
    }

    /** Webhooks and the jobs that they are to tell of. */
    private static List<List<String>> untold(Handle handle) {
        return handle.createQuery(
                        "SELECT w.id AS webhook, j.id AS job FROM webhook w"
                                + " JOIN job j ON j.tenant = w.tenant AND j.finished_at >= COALESCE(w.told_since, w.created_at)"
                                + " WHERE w.types LIKE '%fine_tuning.job.' || j.status || '%' AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.webhook = w.id AND d.job = j.id)")
                .map((row, _) -> List.of(row.getString("webhook"), row.getString("job")))
                .list();
    }

    /**
     * Takes one delivery that is due; it is nobody else's for a minute.
     *
     * @param busy tenants of whom none is wanted
     */
    public Optional<Delivery> claim(Set<String> busy) {
        var due = database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT d.id, d.job, d.attempts, d.due_at, j.status, j.finished_at,"
                                        + " w.id AS webhook, w.tenant, w.created_at, w.updated_at, w.name, w.url, w.types, w.secret,"
                                        + " w.old_secret, w.old_until FROM delivery d"
                                        + " JOIN job j ON j.id = d.job JOIN webhook w ON w.id = d.webhook"
                                        + " WHERE d.due_at <= :now AND w.tenant NOT IN (<busy>) ORDER BY d.due_at, d.id LIMIT 1")
                        .bind("now", now())
                        .bindList(
                                "busy",
                                Stream.concat(busy.stream(), Stream.of("")).toList()) // a list must not be empty
                        .map((row, _) -> new Due(delivery(row), row.getLong("due_at")))
                        .findOne());
        return due.filter(found -> move(found.delivery(), found.at(), now() + CLAIM_SECONDS))
                .map(Due::delivery);
    }

    private record Due(Delivery delivery, long at) {}

    private boolean move(Delivery delivery, long from, long to) {
        return database.inTransaction(handle -> handle.execute(
                        "UPDATE delivery SET due_at = ?, attempts = attempts + 1 WHERE id = ? AND due_at = ?",
                        to,
                        delivery.id(),
                        from)
                > 0);
    }

    /**
     * After an attempt.
     *
     * @param seconds until the next one; none: there will be none
     */
    public void settle(Delivery delivery, @Nullable Long seconds) {
        database.useTransaction(handle -> handle.createUpdate("UPDATE delivery SET due_at = :due WHERE id = :id")
                .bind("due", seconds == null ? null : Long.valueOf(now() + seconds))
                .bind("id", delivery.id())
                .execute());
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private static Delivery delivery(ResultSet row) throws SQLException {
        return new Delivery(
                row.getString("id"),
                read(row, "webhook"),
                row.getString("job"),
                row.getString("status"),
                row.getLong("finished_at"),
                row.getInt("attempts"));
    }

    private static Webhook read(ResultSet row, String id) throws SQLException {
        return new Webhook(
                row.getString(id),
                row.getString("tenant"),
                row.getLong("created_at"),
                Objects.requireNonNullElse(Files.number(row, "updated_at"), row.getLong("created_at")),
                row.getString("name"),
                row.getString("url"),
                List.of(row.getString("types").split(" ")),
                row.getString("secret"),
                before(row.getString("old_secret"), row.getLong("old_until")));
    }

    private static @Nullable Before before(@Nullable String secret, long until) {
        return secret == null ? null : new Before(secret, until);
    }
}
