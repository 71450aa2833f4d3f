package plumb.testing;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.concurrent.atomic.AtomicInteger;

/** A real PostgreSQL for tests: one server for all of them, started when the first asks, and a fresh database for each. */
public final class Postgres {
    private static final AtomicInteger DATABASES = new AtomicInteger();

    private Postgres() {}

    /** Holds the server; it ends with this process. */
    private static final class Server {
        static final EmbeddedPostgres RUNNING = start();

        private static EmbeddedPostgres start() {
            try {
                return EmbeddedPostgres.start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** The JDBC address of an empty database. */
    public static String fresh() {
        var name = "test" + DATABASES.incrementAndGet();
        execute("CREATE DATABASE " + name);
        return Server.RUNNING.getJdbcUrl("postgres", name);
    }

    /** Takes away a database that {@link #fresh} made, whoever is using it. */
    public static void drop(String address) {
        execute("DROP DATABASE " + address.replaceFirst(".*/(test\\d+).*", "$1") + " WITH (FORCE)");
    }

    private static void execute(String sql) {
        try (var connection = Server.RUNNING.getPostgresDatabase().getConnection();
                var statement = connection.createStatement()) {
            statement.execute(sql);
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }
}
