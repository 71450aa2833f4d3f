package plumb.service.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;
import plumb.service.store.Event.News;
import plumb.service.store.Job.Status;
import plumb.testing.Postgres;

/** What the service keeps, in each database it can be kept in. */
@ParameterizedClass
@EnumSource
final class StoreTest {
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1_800_000_000), ZoneOffset.UTC);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(50);
    private static final Page.Query NEWEST = new Page.Query(null, 100, false);

    /** Where things are kept. */
    enum Kept {
        SQLITE,
        POSTGRES;

        String address(Path folder) {
            return switch (this) {
                case SQLITE -> Database.sqlite(folder.resolve("service.sqlite"));
                case POSTGRES -> Postgres.fresh();
            };
        }
    }

    private final Kept kept;

    @TempDir
    private Path folder;

    private Database database;
    private Jobs jobs;
    private Work work;
    private Keys keys;

    StoreTest(Kept kept) {
        this.kept = kept;
    }

    @BeforeEach
    void open() {
        database = Database.open(kept.address(folder));
        jobs = new Jobs(database, CLOCK);
        work = server(LONG);
        keys = new Keys(database, CLOCK);
        keys.issue(new Keys.Wish("alice"));
        keys.issue(new Keys.Wish("bob"));
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Job job(String tenant) {
        return jobs.add(tenant, Requests.open(Map.of()), "hash", null);
    }

    private Job running(String tenant) {
        var job = job(tenant);
        assertThat(work.claim(Status.OPEN, _ -> null).orElseThrow().id()).isEqualTo(job.id());
        assertThat(work.queue(job, new JobRequest.Hyperparameters(1, 4, 1.0))).isTrue();
        work.start(job);
        assertThat(work.status(job)).isEqualTo(Status.RUNNING);
        return job;
    }

    private static String claimAfterAMoment(Work work) throws InterruptedException {
        Thread.sleep(2 * SHORT.toMillis());
        return work.claim(Status.OPEN, _ -> null).orElseThrow().id();
    }

    private Work server(Duration lease) {
        return new Work(database, CLOCK, Ids.next("server-"), lease);
    }

    @Test
    void aKeyIsItsTenantsUntilItExpiresOrIsRevoked() {
        var key = keys.issue(new Keys.Wish("carol", EnumSet.of(Scope.READ, Scope.ANSWER), 2));
        var other = keys.issue(new Keys.Wish("carol"));

        assertThat(keys.find(key))
                .contains(new Keys.Key(Keys.idOf(key), "carol", EnumSet.of(Scope.READ, Scope.ANSWER)));
        assertThat(keys.find("sk-plumb-nobody")).isEmpty();
        var tomorrow = new Keys(database, Clock.offset(CLOCK, Duration.ofDays(1)));
        var later = new Keys(database, Clock.offset(CLOCK, Duration.ofDays(2)));
        assertThat(tomorrow.find(key)).isPresent();
        assertThat(later.find(key)).isEmpty();
        assertThat(later.find(other)).isPresent();
        assertThat(keys.revoke("%")).isFalse();
        assertThat(keys.revoke(Keys.idOf(other))).isTrue();
        assertThat(keys.find(other)).isEmpty();
        assertThat(keys.find(key)).isPresent();
    }

    @Test
    void theAuditLogKeepsItsOrder() {
        var audit = new Audit(database, CLOCK);
        var key = keys.find(keys.issue(new Keys.Wish("alice"))).orElseThrow();
        audit.add(key, "10.0.0.1", "POST /v1/files", 200);
        audit.add(null, "10.0.0.2", "x".repeat(1000), 401);

        assertThat(audit.all()).extracting(Audit.Entry::status).containsExactly(200, 401);
        assertThat(audit.all().getFirst().key()).isEqualTo(key.id());
        assertThat(audit.all().getLast().tenant()).isNull();
    }

    @Test
    void filesComeBackPageByPage() throws IOException {
        var files = new Files(database, folder.resolve("files"));
        var ids = IntStream.range(0, 5).mapToObj(_ -> Ids.next("file-")).toList();
        for (var id : ids) {
            var written = java.nio.file.Files.writeString(folder.resolve(id), "bytes");
            files.add(
                    new StoredFile(id, "alice", 1, 5, "a.jsonl", "fine-tune", id.equals(ids.getFirst()) ? 9L : null),
                    written,
                    null);
        }

        var first = files.list("alice", "fine-tune", new Page.Query(null, 3, true));
        var second =
                files.list("alice", null, new Page.Query(first.rows().getLast().id(), 3, true));

        assertThat(first.more()).isTrue();
        assertThat(second.more()).isFalse();
        assertThat(first.rows()).extracting(StoredFile::id).containsExactlyElementsOf(ids.subList(0, 3));
        assertThat(second.rows()).extracting(StoredFile::id).containsExactlyElementsOf(ids.subList(3, 5));
        assertThat(first.rows()).extracting(StoredFile::expiresAt).containsExactly(9L, null, null);
        assertThat(files.list("bob", null, NEWEST).rows()).isEmpty();
        assertThat(files.delete("bob", ids.getFirst())).isFalse();
        assertThat(files.delete("alice", ids.getFirst())).isTrue();
        assertThat(files.content(ids.getFirst())).doesNotExist();
    }

    @Test
    void aJobComesBackAsItWasAskedFor() {
        var job = jobs.add("alice", Requests.open(Map.of("team", "red")), "hash", null);

        var found = jobs.find("alice", job.id()).orElseThrow();

        assertThat(found).isEqualTo(job);
        assertThat(jobs.find("bob", job.id())).isEmpty();
        assertThat(jobs.list("alice", Map.of("team", "red"), NEWEST).rows()).containsExactly(job);
        assertThat(jobs.list("alice", Map.of("team", "blue"), NEWEST).rows()).isEmpty();
        assertThat(jobs.twin("alice", "hash", CLOCK.instant().getEpochSecond())).contains(job);
        assertThat(jobs.twin("bob", "hash", 0)).isEmpty();
    }

    @Test
    void ofTwoWhoEndAJobOneWins() throws Exception {
        for (int i = 0; i < 20; i++) {
            var job = running("alice");
            List<Callable<Boolean>> ends = List.of(() -> jobs.cancel(job), () -> work.succeed(job, 3, 99));

            assertThat(atOnce(ends)).containsExactlyInAnyOrder(true, false);

            boolean succeeded = work.status(job) == Status.SUCCEEDED;
            assertThat(new Models(database, CLOCK)
                            .find("alice", job.modelName())
                            .isPresent())
                    .isEqualTo(succeeded);
        }
    }

    @Test
    void whatHappenedIsToldOnceHoweverManyFindIt() throws Exception {
        var job = running("alice");
        var news = new News("info", "metrics", "Step 1/2", Map.of("step", 1), "step-1");
        List<Callable<Boolean>> tellers = IntStream.range(0, 8)
                .<Callable<Boolean>>mapToObj(_ -> () -> {
                    work.tell(job, List.of(news));
                    work.measured(job, 2, Map.of("em", 0.1), true, News.message("Checked", "gate-2"));
                    return true;
                })
                .toList();

        atOnce(tellers);

        assertThat(jobs.events(job.id(), NEWEST).rows())
                .extracting(Event::message)
                .containsOnlyOnce("Step 1/2", "Checked")
                .hasSize(6);
        assertThat(jobs.checkpoints(job.id(), NEWEST).rows()).hasSize(1);
    }

    @Test
    void aDeletedModelStaysDeleted() {
        var job = running("alice");
        var models = new Models(database, CLOCK);
        work.measured(job, 2, Map.of(), true, News.message("Checked", "gate-2"));
        work.succeed(job, 2, 99);

        assertThat(models.list("alice")).extracting(Model::name).containsExactly(job.modelName());
        assertThat(models.find("alice", job.checkpointName(2))).isPresent();
        assertThat(models.delete("bob", job.modelName())).isFalse();
        assertThat(models.delete("alice", job.modelName())).isTrue();
        work.succeed(job, 2, 99);

        assertThat(models.find("alice", job.modelName())).isEmpty();
    }

    @Test
    void everyJobIsClaimedByOneServer() throws Exception {
        var ids = IntStream.range(0, 40).mapToObj(_ -> job("alice").id()).toList();
        var claimed = new ConcurrentLinkedQueue<String>();
        List<Callable<Boolean>> servers = IntStream.range(0, 6)
                .mapToObj(_ -> server(LONG))
                .<Callable<Boolean>>map(server -> () -> {
                    // who comes while another claims a tenant's job leaves that tenant out, and comes again
                    for (int i = 0; i < 2000 && claimed.size() < ids.size(); i++) {
                        server.claim(Status.OPEN, _ -> null).ifPresent(job -> claimed.add(job.id()));
                    }
                    return true;
                })
                .toList();

        atOnce(servers);

        assertThat(claimed).containsExactlyInAnyOrderElementsOf(ids);
    }

    @Test
    void theOldestJobComesFirstAndABegunOneBeforeIt() throws Exception {
        var first = job("alice");
        var other = server(LONG);
        assertThat(other.claim(Status.OPEN, _ -> null).orElseThrow().id()).isEqualTo(first.id());
        var second = running("bob");
        other.release(first.id(), Duration.ZERO);
        work.release(second.id(), Duration.ZERO);

        assertThat(claimAfterAMoment(work)).isEqualTo(second.id());
        assertThat(claimAfterAMoment(work)).isEqualTo(first.id());
        assertThat(work.claim(Status.OPEN, _ -> null)).isEmpty();
    }

    @Test
    void aJobOfADeadServerGoesToAnotherAndTheDeadOneWritesNothingMore() throws Exception {
        var job = job("alice");
        var dead = server(SHORT);
        assertThat(dead.claim(Status.OPEN, _ -> null)).isPresent();

        assertThat(claimAfterAMoment(work)).isEqualTo(job.id());

        assertThat(dead.renew(List.of(job.id()))).isEmpty();
        assertThat(dead.queue(job, new JobRequest.Hyperparameters(1, 4, 1.0))).isFalse();
        assertThat(dead.fail(job, new Job.Failure("server_error", "dead", null)))
                .isFalse();
        dead.tell(job, List.of(News.message("I am still here", "still")));
        dead.measured(job, 2, Map.of(), true, News.message("Checked", "gate-2"));
        dead.release(job.id(), Duration.ZERO);
        assertThat(jobs.events(job.id(), NEWEST).rows()).hasSize(2);
        assertThat(jobs.checkpoints(job.id(), NEWEST).rows()).isEmpty();
        assertThat(work.renew(List.of(job.id()))).containsExactly(job.id());
    }

    @Test
    void aLeaseThatIsRenewedIsKept() throws Exception {
        var job = job("alice");
        var alive = server(Duration.ofMillis(1200));
        assertThat(alive.claim(Status.OPEN, _ -> null)).isPresent();
        for (int i = 0; i < 6; i++) {
            Thread.sleep(300);
            assertThat(alive.renew(List.of(job.id()))).containsExactly(job.id());
            assertThat(work.claim(Status.OPEN, _ -> null)).isEmpty();
        }
    }

    @Test
    void aJobThatRestsIsTakenLater() throws Exception {
        var job = running("alice");
        work.release(job.id(), Duration.ofMillis(500));

        assertThat(work.claim(Status.OPEN, _ -> null)).isEmpty();
        Thread.sleep(600);

        assertThat(work.claim(Status.OPEN, _ -> null)).isPresent();
    }

    @Test
    void rowsBelongToOneFolder() {
        assertThat(database.folder("data-1")).isEqualTo("data-1");
        assertThat(database.folder("data-2")).isEqualTo("data-1");
    }

    @Test
    void whatWasCommittedIsThereWhenItIsOpenedAgain() {
        var job = job("alice");
        var address = database.address();
        database.close();
        database = Database.open(address);

        assertThat(new Jobs(database, CLOCK).find("alice", job.id())).contains(job);
    }

    /** All ask before any has been answered. */
    @Test
    void ofSimultaneousRequestsWithOneKeyOneStartsAJob() throws Exception {
        var ids = new ConcurrentLinkedQueue<String>();
        Callable<Boolean> ask =
                () -> ids.add(jobs.addOnce("alice", Requests.open(Map.of()), new Jobs.Once("key", "body", 0), null)
                        .id());
        atOnce(java.util.Collections.nCopies(16, ask));

        assertThat(ids).hasSize(16).containsOnly(ids.element());
        assertThat(jobs.list("alice", Map.of(), NEWEST).rows()).hasSize(1);
        assertThat(jobs.addOnce("bob", Requests.open(Map.of()), new Jobs.Once("key", "body", 0), null)
                        .id())
                .isNotEqualTo(ids.element());
        assertThat(jobs.begun("alice", new Jobs.Once("key", "body", 0)))
                .map(Job::id)
                .contains(ids.element());
        var other = new Jobs.Once("key", "other", 0);
        assertThatThrownBy(() -> jobs.begun("alice", other)).isInstanceOf(Store.OtherRequest.class);
        assertThatThrownBy(() -> jobs.addOnce("alice", Requests.open(Map.of()), other, null))
                .isInstanceOf(Store.OtherRequest.class);
        long later = CLOCK.instant().getEpochSecond() + 1;
        assertThat(jobs.addOnce("alice", Requests.open(Map.of()), new Jobs.Once("key", "body", later), null)
                        .id())
                .isNotEqualTo(ids.element());
    }

    @Test
    void aPausedJobIsNobodysUntilItIsResumed() {
        var job = running("alice");
        assertThat(jobs.pause(job)).isTrue();
        assertThat(jobs.pause(job)).isFalse();
        assertThat(work.succeed(job, 1, 1)).isFalse();
        work.release(job.id(), Duration.ZERO);
        assertThat(work.claim(java.util.Set.of(Status.RUNNING, Status.QUEUED), _ -> null))
                .isEmpty();

        assertThat(jobs.resume(job)).isTrue();

        assertThat(jobs.resume(job)).isFalse();
        assertThat(jobs.find("alice", job.id()).orElseThrow().status()).isEqualTo(Status.QUEUED);
    }

    private static List<Boolean> atOnce(List<Callable<Boolean>> what) throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var results = threads.invokeAll(what);
            var done = new java.util.ArrayList<Boolean>();
            for (var result : results) {
                done.add(result.get());
            }
            return done;
        }
    }
}
