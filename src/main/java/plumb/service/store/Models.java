package plumb.service.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Fine-tuned models that passed the gate. A deleted one is never found again, and its name is never given twice. */
public final class Models {
    private static final String ADD = "INSERT INTO model (name, tenant, created_at, base, job, step, listed)"
            + " VALUES (:name, :tenant, :now, :base, :job, :step, :listed) ON CONFLICT (name) DO NOTHING";

    private final Database database;
    private final Clock clock;

    public Models(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    static void release(Handle handle, Job job, String name, long step, long now) {
        add(handle, new Model(name, job.tenant(), now, job.request().model(), job.id(), step, true));
    }

    static void checkpoint(Handle handle, Job job, String name, long step, long now) {
        add(handle, new Model(name, job.tenant(), now, job.request().model(), job.id(), step, false));
    }

    private static void add(Handle handle, Model model) {
        handle.createUpdate(ADD)
                .bindMethods(model)
                .bind("now", model.createdAt())
                .bind("listed", model.listed() ? 1 : 0)
                .execute();
    }

    public Optional<Model> find(String tenant, String name) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT * FROM model WHERE tenant = :tenant AND name = :name AND deleted_at IS NULL")
                        .bind("tenant", tenant)
                        .bind("name", name)
                        .map((row, _) -> read(row))
                        .findOne());
    }

    /** Those that were released, newest first. */
    public List<Model> list(String tenant) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT * FROM model WHERE tenant = :tenant"
                                + " AND listed = 1 AND deleted_at IS NULL ORDER BY job DESC")
                        .bind("tenant", tenant)
                        .map((row, _) -> read(row))
                        .list());
    }

    /** Whether a job had models and its tenant wants none of them any more. */
    public boolean allDeleted(String job) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT COUNT(*) > 0 AND COUNT(*) = COUNT(deleted_at) FROM model WHERE job = :job")
                        .bind("job", job)
                        .mapTo(Boolean.class)
                        .one());
    }

    /** False when there is no such model. With what a job released go the checkpoints it was released among. */
    public boolean delete(String tenant, String name) {
        long now = clock.instant().getEpochSecond();
        return database.inTransaction(
                        handle -> handle.createUpdate("UPDATE model SET deleted_at = :now WHERE tenant = :tenant"
                                        + " AND deleted_at IS NULL AND (name = :name OR job IN (SELECT job FROM model WHERE"
                                        + " tenant = :tenant AND name = :name AND listed = 1 AND deleted_at IS NULL))")
                                .bind("now", now)
                                .bind("tenant", tenant)
                                .bind("name", name)
                                .execute())
                > 0;
    }

    private static Model read(ResultSet row) throws SQLException {
        return new Model(
                row.getString("name"),
                row.getString("tenant"),
                row.getLong("created_at"),
                row.getString("base"),
                row.getString("job"),
                row.getLong("step"),
                row.getInt("listed") == 1);
    }
}
