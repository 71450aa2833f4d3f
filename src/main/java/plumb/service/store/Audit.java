package plumb.service.store;

import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who did what: every change that was asked for, and everybody who was turned away. It only grows. */
public final class Audit {
    private static final int LONGEST_ACTION = 512;

    private final Database database;
    private final Clock clock;

    /**
     * One thing that was asked for.
     *
     * @param tenant none: nobody's key, or the operator
     * @param key id of the key, which is not the key
     * @param address where the request came from
     * @param action method and path
     * @param status of the answer
     */
    public record Entry(
            long at, @Nullable String tenant, @Nullable String key, String address, String action, int status) {}

    public Audit(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** It is kept when this returns. */
    public void add(Keys.@Nullable Key key, String address, String action, int status) {
        database.useTransaction(handle -> handle.createUpdate(
                        "INSERT INTO audit (id, at, tenant, api_key, address, action, status)"
                                + " VALUES (:id, :at, :tenant, :key, :address, :action, :status)")
                .bind("id", Ids.next("audit-"))
                .bind("at", clock.instant().getEpochSecond())
                .bind("tenant", key == null ? null : key.tenant())
                .bind("key", key == null ? null : key.id())
                .bind("address", address)
                .bind("action", action.substring(0, Math.min(action.length(), LONGEST_ACTION)))
                .bind("status", status)
                .execute());
    }

    /** Everything, oldest first. */
    public List<Entry> all() {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT * FROM audit ORDER BY id")
                        .map((row, _) -> new Entry(
                                row.getLong("at"),
                                row.getString("tenant"),
                                row.getString("api_key"),
                                row.getString("address"),
                                row.getString("action"),
                                row.getInt("status")))
                        .list());
    }
}
