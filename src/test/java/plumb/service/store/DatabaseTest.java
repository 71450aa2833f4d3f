package plumb.service.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Many that write at once. */
final class DatabaseTest {
    /** More than a machine has cores, on which virtual threads run. */
    private static final int WRITERS = 4 * Runtime.getRuntime().availableProcessors();

    @TempDir
    private Path folder;

    /** Each parks while it writes, as whoever meets a lock that another holds. */
    @Test
    void writersThatParkWhileTheyWriteHoldUpNobody() throws Exception {
        try (var database = Database.open(Database.sqlite(folder.resolve("service.sqlite")));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            long begun = System.nanoTime();
            var writers = new ArrayList<Future<Integer>>();
            for (int i = 0; i < WRITERS; i++) {
                var name = "tenant " + i;
                writers.add(threads.submit(() -> database.inTransaction(handle -> {
                    Thread.sleep(5);
                    return handle.execute("INSERT INTO tenant (name, created_at) VALUES (?, 0)", name);
                })));
            }
            for (var writer : writers) {
                assertThat(writer.get()).isEqualTo(1);
            }
            assertThat(Duration.ofNanos(System.nanoTime() - begun))
                    .as("SQLite gives up waiting after 20 s")
                    .isLessThan(Duration.ofSeconds(10));
        }
    }
}
