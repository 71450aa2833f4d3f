package plumb.service.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import plumb.service.store.Job.Status;

/** Whose job is next, and how much each may have, in each database. */
@ParameterizedClass
@EnumSource(StoreTest.Kept.class)
final class FairnessTest {
    private static final Clock CLOCK = Clock.systemUTC();
    private static final Set<Status> DUE = EnumSet.of(Status.RUNNING, Status.QUEUED);

    private final StoreTest.Kept kept;

    @TempDir
    private Path folder;

    private Database database;
    private Jobs jobs;
    private Work work;

    FairnessTest(StoreTest.Kept kept) {
        this.kept = kept;
    }

    @BeforeEach
    void open() {
        database = Database.open(kept.address(folder));
        jobs = new Jobs(database, CLOCK);
        work = server();
        var keys = new Keys(database, CLOCK);
        List.of("alice", "bob", "carol").forEach(name -> keys.issue(new Keys.Wish(name)));
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Work server() {
        return new Work(database, CLOCK, Ids.next("server-"), Duration.ofMinutes(5));
    }

    private Job add(String tenant, @Nullable Long most) {
        return jobs.add(tenant, Requests.open(Map.of()), "hash", most);
    }

    private List<String> queued(String tenant, int count) {
        return IntStream.range(0, count)
                .mapToObj(_ -> {
                    var job = add(tenant, null);
                    database.jdbi()
                            .useHandle(handle ->
                                    handle.execute("UPDATE job SET status = 'queued' WHERE id = ?", job.id()));
                    return job.id();
                })
                .toList();
    }

    private Job begin(Work server, @Nullable Long most) {
        var job = server.claim(DUE, _ -> most).orElseThrow();
        server.start(job);
        return job;
    }

    private void end(Job job) {
        work.fail(job, new Job.Failure("none", "It is over", null));
    }

    @Test
    void hundredsOfJobsKeepTheirOrderAndAreSharedOut() {
        var hers = queued("alice", 90);
        var his = queued("bob", 30);
        var last = queued("carol", 3);
        var order = new ArrayList<Job>();
        for (int i = 0; i < 123; i++) {
            order.add(begin(work, null));
            end(order.getLast());
        }

        assertThat(order)
                .filteredOn(job -> job.tenant().equals("alice"))
                .extracting(Job::id)
                .isEqualTo(hers);
        assertThat(order)
                .filteredOn(job -> job.tenant().equals("bob"))
                .extracting(Job::id)
                .isEqualTo(his);
        assertThat(order)
                .filteredOn(job -> job.tenant().equals("carol"))
                .extracting(Job::id)
                .isEqualTo(last);
        var tenants = order.stream().map(Job::tenant).toList();
        for (int turn = 0; turn < 3; turn++) { // as long as all three have some, each round has one of each
            assertThat(tenants.subList(3 * turn, 3 * turn + 3)).containsExactlyInAnyOrder("alice", "bob", "carol");
        }
        for (int turn = 0; turn < 27; turn++) {
            assertThat(tenants.subList(9 + 2 * turn, 11 + 2 * turn)).containsExactlyInAnyOrder("alice", "bob");
        }
    }

    @Test
    void whoHasFewerRunningIsNext() {
        queued("alice", 3);
        queued("bob", 3);
        var first = begin(work, null);
        var second = begin(work, null);
        assertThat(first.tenant()).isNotEqualTo(second.tenant());
        end(first);
        assertThat(begin(work, null).tenant()).isEqualTo(first.tenant());
    }

    @Test
    void aTenantsRunningJobsAreLimitedHoweverManyServersAsk() throws Exception {
        queued("alice", 40);
        queued("bob", 1);
        var begun = new ConcurrentLinkedQueue<String>();
        try (var threads = Executors.newFixedThreadPool(6)) {
            for (int i = 0; i < 6; i++) {
                threads.execute(() -> {
                    var server = server();
                    for (int look = 0; look < 20; look++) {
                        server.claim(DUE, _ -> 3L).ifPresent(job -> begun.add(job.tenant()));
                    }
                });
            }
        }

        assertThat(begun).filteredOn("alice"::equals).hasSize(3);
        assertThat(begun).filteredOn("bob"::equals).hasSize(1);
    }

    @Test
    void openJobsAreLimitedHoweverSimultaneouslyTheyCome() {
        var refused = new AtomicInteger();
        try (var threads = Executors.newFixedThreadPool(8)) {
            for (int i = 0; i < 24; i++) {
                threads.execute(() -> {
                    try {
                        add("alice", 10L);
                    } catch (Store.Full _) {
                        refused.incrementAndGet();
                    }
                });
            }
        }

        assertThat(refused).hasValue(14);
        assertThat(jobs.list("alice", Map.of(), new Page.Query(null, 100, true)).rows())
                .hasSize(10);
        assertThat(add("bob", 10L).tenant()).isEqualTo("bob");
        assertThatThrownBy(() -> add("alice", 10L)).hasMessageContaining("may have 10");
        jobs.cancel(jobs.list("alice", Map.of(), new Page.Query(null, 1, true))
                .rows()
                .getFirst());
        assertThat(add("alice", 10L).tenant()).isEqualTo("alice");
    }
}
