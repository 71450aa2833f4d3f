package plumb.service.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Which ends of jobs are told where, in each database, when everything happens within one second. */
@ParameterizedClass
@EnumSource(StoreTest.Kept.class)
final class WebhooksTest {
    private static final Clock CLOCK = Clock.fixed(Instant.ofEpochSecond(1_800_000_000), ZoneOffset.UTC);
    private static final String CANCELLED = "fine_tuning.job.cancelled";
    private static final String FAILED = "fine_tuning.job.failed";

    private final StoreTest.Kept kept;

    @TempDir
    private Path folder;

    private Database database;
    private Jobs jobs;
    private Webhooks webhooks;

    WebhooksTest(StoreTest.Kept kept) {
        this.kept = kept;
    }

    @BeforeEach
    void open() {
        database = Database.open(kept.address(folder));
        jobs = new Jobs(database, CLOCK);
        webhooks = new Webhooks(database, CLOCK);
        new Keys(database, CLOCK).issue(new Keys.Wish("alice"));
    }

    @AfterEach
    void close() {
        database.close();
    }

    private String cancelled() {
        var job = jobs.add("alice", Requests.open(Map.of()), "hash", null);
        assertThat(jobs.cancel(job)).isTrue();
        return job.id();
    }

    private static Webhooks.Webhook webhook(String id, String type) {
        long now = CLOCK.instant().getEpochSecond();
        return new Webhooks.Webhook(id, "alice", now, now, "hook", "http://localhost/", List.of(type), "whsec_", null);
    }

    /** The jobs whose ends are due, each taken once. */
    private List<String> told() {
        webhooks.look();
        return Stream.generate(() -> webhooks.claim(Set.of()))
                .takeWhile(java.util.Optional::isPresent)
                .map(due -> due.orElseThrow().job())
                .toList();
    }

    @Test
    void aBusyTenantsDeliveriesWait() {
        webhooks.add(webhook("webhook_1", CANCELLED));
        cancelled();
        webhooks.look();
        assertThat(webhooks.claim(Set.of("bob", "alice"))).isEmpty();
        assertThat(webhooks.claim(Set.of("bob"))).isPresent();
    }

    @Test
    void whatEndedInTheSecondBeforeIsNotTold() {
        cancelled();
        webhooks.add(webhook("webhook_1", CANCELLED));
        var after = cancelled();

        assertThat(told()).containsExactly(after);
        assertThat(told()).isEmpty();
    }

    @Test
    void whatEndedBeforeAChangeOfTypesIsToldByTheOldOnes() {
        webhooks.add(webhook("webhook_1", CANCELLED));
        webhooks.add(webhook("webhook_2", FAILED));
        var before = cancelled();
        webhooks.update(webhook("webhook_1", FAILED), true);
        webhooks.update(webhook("webhook_2", CANCELLED), true);
        var after = cancelled();

        assertThat(told()).containsExactlyInAnyOrder(before, after);
    }
}
