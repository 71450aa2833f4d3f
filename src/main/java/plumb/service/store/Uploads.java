package plumb.service.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Files that come in parts. An upload is pending until it is completed, cancelled or too old; of two that want to end it one
 * wins, and nothing is added to it afterwards.
 */
public final class Uploads {
    /** What an upload is as long as parts may come. */
    public static final String PENDING = "pending";

    private final Database database;

    public Uploads(Database database) {
        this.database = database;
    }

    /**
     * A file on its way.
     *
     * @param bytes of the whole file, as announced
     * @param life how many seconds the file is kept; none: until it is deleted
     * @param status {@code pending}, {@code completed}, {@code cancelled} or {@code expired}
     * @param file what it became
     */
    public record Upload(
            String id,
            String tenant,
            long createdAt,
            long expiresAt,
            long bytes,
            String filename,
            String purpose,
            @Nullable Long life,
            String status,
            @Nullable String file) {}

    /**
     * A file is announced, and has its room from now on.
     *
     * @param most bytes its tenant may have; none: any number
     * @throws Store.Full when it would have more
     */
    public void add(Upload upload, @Nullable Long most) {
        database.useTransaction(handle -> {
            Files.requireRoom(handle, upload.tenant(), upload.bytes(), most);
            handle.createUpdate(
                            "INSERT INTO upload"
                                    + " (id, tenant, created_at, expires_at, bytes, filename, purpose, life, status, file) VALUES"
                                    + " (:id, :tenant, :createdAt, :expiresAt, :bytes, :filename, :purpose, :life, :status, :file)")
                    .bindMethods(upload)
                    .execute();
        });
    }

    public Optional<Upload> find(String tenant, String id) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT * FROM upload WHERE tenant = :tenant AND id = :id")
                        .bind("tenant", tenant)
                        .bind("id", id)
                        .map((row, _) -> read(row))
                        .findOne());
    }

    /** Everybody's uploads that were not ended in time. */
    public List<Upload> overdue(long now) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery(
                                "SELECT * FROM upload WHERE status = 'pending' AND expires_at < :now")
                        .bind("now", now)
                        .map((row, _) -> read(row))
                        .list());
    }

    /** A part has come; false when nobody waits for it any more. */
    public boolean addPart(Upload upload, String part, long bytes) {
        return database.inTransaction(handle -> {
            boolean pending =
                    handle.execute("UPDATE upload SET status = status WHERE id = ? AND status = 'pending'", upload.id())
                            > 0;
            if (pending) {
                handle.execute(
                        "INSERT INTO upload_part (id, upload, bytes) VALUES (?, ?, ?)", part, upload.id(), bytes);
            }
            return pending;
        });
    }

    /** Sizes of an upload's parts by their ids, in the order they came. */
    public Map<String, Long> parts(Upload upload) {
        var parts = new LinkedHashMap<String, Long>();
        database.jdbi()
                .useHandle(
                        handle -> handle.createQuery("SELECT id, bytes FROM upload_part WHERE upload = :id ORDER BY id")
                                .bind("id", upload.id())
                                .map((row, _) -> Map.entry(row.getString("id"), row.getLong("bytes")))
                                .forEach(part -> parts.put(part.getKey(), part.getValue())));
        return parts;
    }

    /**
     * Ends an upload; false when it had ended already.
     *
     * @param file what it became, if it became one
     */
    public boolean end(Upload upload, String status, @Nullable String file) {
        return database.inTransaction(handle -> handle.execute(
                        "UPDATE upload SET status = ?, file = ? WHERE id = ? AND status = 'pending'",
                        status,
                        file,
                        upload.id())
                > 0);
    }

    private static Upload read(ResultSet row) throws SQLException {
        return new Upload(
                row.getString("id"),
                row.getString("tenant"),
                row.getLong("created_at"),
                row.getLong("expires_at"),
                row.getLong("bytes"),
                row.getString("filename"),
                row.getString("purpose"),
                Files.number(row, "life"),
                row.getString("status"),
                row.getString("file"));
    }
}
