package plumb.service.store;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** Uploaded files. The bytes are on the disk, whole and flushed, before the row is committed; ids are the service's own,
 * so no name a tenant gives ever becomes a path. */
public final class Files {
    private final Database database;
    private final Path folder;

    public Files(Database database, Path folder) throws IOException {
        this.database = database;
        this.folder = java.nio.file.Files.createDirectories(folder);
    }

    /** Where the bytes of a file are. */
    public Path content(String id) {
        return folder.resolve(id);
    }

    /**
     * Takes over a file that was written beside.
     *
     * @param most bytes its tenant may have; none: any number
     * @throws Store.Full when it would have more
     */
    public void add(StoredFile file, Path written, @Nullable Long most) {
        try {
            try (var channel = FileChannel.open(written, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            java.nio.file.Files.move(written, content(file.id()), StandardCopyOption.ATOMIC_MOVE);
            try (var channel = FileChannel.open(folder)) {
                channel.force(true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        try {
            insert(file, most);
        } catch (Store.Full e) {
            remove(file.id());
            throw e;
        }
    }

    private void insert(StoredFile file, @Nullable Long most) {
        database.useTransaction(handle -> {
            requireRoom(handle, file.tenant(), file.bytes(), most);
            handle.createUpdate("INSERT INTO file (id, tenant, created_at, bytes, filename, purpose, expires_at)"
                            + " VALUES (:id, :tenant, :createdAt, :bytes, :filename, :purpose, :expiresAt)")
                    .bindMethods(file)
                    .execute();
        });
    }

    /**
     * Looks before a file comes whether there will be room for it.
     *
     * @param bytes that will come at least
     * @throws Store.Full when there will not
     */
    public void requireRoom(String tenant, long bytes, @Nullable Long most) {
        database.useTransaction(handle -> requireRoom(handle, tenant, Math.max(1, bytes), most));
    }

    /** Files count as they are, uploads as they were announced. */
    static void requireRoom(Handle handle, String tenant, long bytes, @Nullable Long most) {
        if (most == null) {
            return;
        }
        Store.hold(handle, tenant);
        long stored = handle.createQuery(
                        "SELECT (SELECT COALESCE(SUM(bytes), 0) FROM file WHERE tenant = :tenant)"
                                + " + (SELECT COALESCE(SUM(bytes), 0) FROM upload WHERE tenant = :tenant AND status = 'pending')")
                .bind("tenant", tenant)
                .mapTo(Long.class)
                .one();
        if (stored + bytes > most) {
            throw new Store.Full("Your files have " + stored + " bytes, and may have " + most
                    + " together: there is no room for " + bytes + " more. Delete files that are not needed.");
        }
    }

    public Optional<StoredFile> find(String tenant, String id) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT * FROM file WHERE tenant = :tenant AND id = :id")
                        .bind("tenant", tenant)
                        .bind("id", id)
                        .map((row, _) -> read(row))
                        .findOne());
    }

    /**
     * Some of a tenant's files.
     *
     * @param purpose only files of this purpose; none: all
     */
    public Page<StoredFile> list(String tenant, @Nullable String purpose, Page.Query query) {
        var wanted = purpose == null ? "" : " AND purpose = :purpose";
        return database.jdbi()
                .withHandle(handle -> Page.of(
                        bind(
                                        handle.createQuery(
                                                "SELECT * FROM file WHERE tenant = :tenant" + wanted + query.sql()),
                                        query)
                                .bind("tenant", tenant)
                                .bind("purpose", purpose)
                                .map((row, _) -> read(row))
                                .list(),
                        query));
    }

    /** False when there is no such file. */
    public boolean delete(String tenant, String id) {
        int gone = database.inTransaction(
                handle -> handle.execute("DELETE FROM file WHERE tenant = ? AND id = ?", tenant, id));
        if (gone > 0) {
            remove(id);
        }
        return gone > 0;
    }

    /** In a copy: removes the rows of files that were deleted while it was made, so that they have no bytes. */
    public void forgetMissing() {
        database.useTransaction(handle -> handle.createQuery("SELECT id FROM file").mapTo(String.class).list().stream()
                .filter(id -> !java.nio.file.Files.exists(content(id)))
                .forEach(id -> handle.execute("DELETE FROM file WHERE id = ?", id)));
    }

    private void remove(String id) {
        try {
            java.nio.file.Files.deleteIfExists(content(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Binds what {@link Page.Query#sql()} names. */
    static <S extends SqlStatement<S>> S bind(S statement, Page.Query query) {
        return statement.bind("after", query.after()).bind("limit", query.limit() + 1);
    }

    private static StoredFile read(ResultSet row) throws SQLException {
        return new StoredFile(
                row.getString("id"),
                row.getString("tenant"),
                row.getLong("created_at"),
                row.getLong("bytes"),
                row.getString("filename"),
                row.getString("purpose"),
                number(row, "expires_at"));
    }

    static @Nullable Long number(ResultSet row, String column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? null : value;
    }
}
