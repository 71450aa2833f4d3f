package plumb.service.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
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

    private final String address;
    private final HikariDataSource source;
    private final Jdbi jdbi;

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

    /** As it was opened. */
    public String address() {
        return address;
    }

    /** Whether other machines can use it, too. */
    public boolean isShared() {
        return address.startsWith(POSTGRES);
    }

    Jdbi jdbi() {
        return jdbi;
    }

    @Override
    public void close() {
        source.close();
    }
}
