package plumb.service.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.nio.file.Path;
import org.flywaydb.core.Flyway;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.statement.SqlStatements;

/** The service's database: SQLite in a file, or PostgreSQL. Opening it brings its tables up to date. */
public final class Database implements AutoCloseable {
    private final HikariDataSource source;
    private final Jdbi jdbi;

    private Database(HikariDataSource source) {
        this.source = source;
        this.jdbi = Jdbi.create(source);
        jdbi.getConfig(SqlStatements.class).setUnusedBindingAllowed(true); // parts of a query that come and go
    }

    /** SQLite in this file, made when it is not there. A commit is on the disk when it returns. */
    public static Database sqlite(Path file) {
        return open("jdbc:sqlite:" + file.toAbsolutePath()
                + "?journal_mode=WAL&synchronous=FULL&busy_timeout=20000&foreign_keys=true&transaction_mode=IMMEDIATE");
    }

    /** Any database by its JDBC address. */
    public static Database open(String url) {
        var config = new HikariConfig();
        config.setJdbcUrl(url);
        config.setMaximumPoolSize(8);
        var source = new HikariDataSource(config);
        Flyway.configure()
                .dataSource(source)
                .locations("classpath:plumb/service/store/migrations")
                .load()
                .migrate();
        return new Database(source);
    }

    Jdbi jdbi() {
        return jdbi;
    }

    @Override
    public void close() {
        source.close();
    }
}
