package plumb.service.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.nio.file.Path;
import java.util.concurrent.locks.ReentrantLock;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.HandleCallback;
import org.jdbi.v3.core.HandleConsumer;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.jdbi.v3.core.statement.SqlStatements;
import plumb.chat.BadInput;

/**
 * The service's database: SQLite in a file, or PostgreSQL. Opening it brings its tables up to date; when several servers
 * open one at once, one of them does and the others wait.
 */
public final class Database implements AutoCloseable {
    private static final String POSTGRES = "jdbc:postgresql:";
    private static final String SQLITE = "jdbc:sqlite:";
    private static final int CONNECTIONS = 8;
    private static final long PATIENCE_MILLIS = 5000;

    private final String address;
    private final HikariDataSource source;
    private final Jdbi jdbi;
    /** Of this process's threads; in the order they came. */
    private final ReentrantLock writers = new ReentrantLock(true);

    private Database(String address, HikariDataSource source) {
        this.address = address;
        this.source = source;
        this.jdbi = Jdbi.create(source);
        jdbi.getConfig(SqlStatements.class).setUnusedBindingAllowed(true); // parts of a query that come and go
    }

    /** The address of SQLite in this file, made when it is not there. A commit is on the disk when it returns. */
    public static String sqlite(Path file) {
        return SQLITE + file.toAbsolutePath()
                + "?journal_mode=WAL&synchronous=FULL&busy_timeout=20000&foreign_keys=true&transaction_mode=IMMEDIATE";
    }

    /**
     * Opens a database.
     *
     * @param address as JDBC has it: {@code jdbc:postgresql://host/name?user=…&password=…}, or {@link #sqlite}'s
     * @throws BadInput when there is none, or it does not let us in
     */
    public static Database open(String address) {
        if (!address.startsWith(POSTGRES) && !address.startsWith(SQLITE)) {
            throw new BadInput("a database is jdbc:postgresql://HOST/NAME?user=…&password=…, got "
                    + address.replaceFirst("\\?.*", "?…"));
        }
        var config = new HikariConfig();
        config.setJdbcUrl(address);
        config.setMaximumPoolSize(CONNECTIONS);
        config.setConnectionTimeout(PATIENCE_MILLIS);
        HikariDataSource source;
        try {
            source = new HikariDataSource(config);
        } catch (HikariPool.PoolInitializationException e) {
            throw new BadInput("the database cannot be opened: " + e.getCause(), e);
        }
        Flyway.configure()
                .dataSource(source)
                .locations("classpath:plumb/service/store/migrations")
                .load()
                .migrate();
        return new Database(address, source);
    }

    /** The id of the folder that these rows belong to: of the first that was asked about. */
    public String folder(String id) {
        return inTransaction(handle -> {
            handle.execute(
                    "INSERT INTO folder (id) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM folder) ON CONFLICT DO NOTHING",
                    id);
            return handle.createQuery("SELECT MIN(id) FROM folder")
                    .mapTo(String.class)
                    .one();
        });
    }

    /** Whether it answers now; asking takes {@value #PATIENCE_MILLIS} ms at most. */
    public boolean isReachable() {
        try {
            return jdbi.withHandle(handle ->
                    handle.createQuery("SELECT 1").mapTo(Integer.class).one() == 1);
        } catch (JdbiException _) {
            return false;
        }
    }

    /** Copies SQLite's rows, as they are at one moment, into a new file; others go on reading and writing. */
    public void copyInto(Path file) {
        jdbi.useHandle(handle -> handle.execute("VACUUM INTO ?", file.toString()));
    }

    /** As it was opened. */
    public String address() {
        return address;
    }

    /** Whether other machines can use it, too. */
    public boolean isShared() {
        return address.startsWith(POSTGRES);
    }

    /** SQL: milliseconds since 1970, by the database's clock. */
    String millis() {
        return isShared()
                ? "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"
                : "CAST(unixepoch('subsec') * 1000 AS INTEGER)";
    }

    /** SQL, after a query: locks the rows of these tables and leaves out what others have locked. SQLite has one writer at a time. */
    String skippingLocked(String tables) {
        return isShared() ? " FOR NO KEY UPDATE OF " + tables + " SKIP LOCKED" : "";
    }

    /** To read with. */
    Jdbi jdbi() {
        return jdbi;
    }

    /**
     * Writes, all of it or nothing. SQLite has one writer at a time and lets the others wait inside it, where a virtual thread keeps its
     * core's carrier; as many waiting as there are cores, and a writer that has parked could not go on to let them in. So
     * they wait here, where waiting costs nothing.
     */
    <T, X extends Exception> T inTransaction(HandleCallback<T, X> writing) throws X {
        if (isShared()) {
            return jdbi.inTransaction(writing);
        }
        writers.lock();
        try {
            return jdbi.inTransaction(writing);
        } finally {
            writers.unlock();
        }
    }

    /** The same, without a result. */
    <X extends Exception> void useTransaction(HandleConsumer<X> writing) throws X {
        inTransaction(handle -> {
            writing.useHandle(handle);
            return true;
        });
    }

    @Override
    public void close() {
        source.close();
    }
}
