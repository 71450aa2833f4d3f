package plumb.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.openai.models.files.FileCreateParams;
import com.openai.models.files.FilePurpose;
import com.openai.models.finetuning.jobs.FineTuningJob;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plumb.data.ChatJsonl;
import plumb.organism.OrganismChats;
import plumb.organism.World;
import plumb.testing.Postgres;

/**
 * Servers, jobs and both are killed at moments that a seed chooses, while real jobs train and a client uploads, creates
 * and cancels. In the end everything that was acknowledged is there, every job ran once, and its adapter is that of a run
 * nobody disturbed, bit for bit. {@code -Dplumb.chaos.moments=50 -Dplumb.chaos.seed=2} asks for more,
 * {@code -Dplumb.chaos.servers=two} for one arrangement alone.
 */
@Timeout(value = 2, unit = TimeUnit.HOURS)
final class ChaosTest {
    private static final int MOMENTS = Integer.getInteger("plumb.chaos.moments", 2);
    private static final int KILLS_A_JOB = 4;
    /** Of an undisturbed job: of its making, its start, 20 steps, 5 checkpoints and its end. */
    private static final int EVENTS = 31;

    private static final int JITTER_MILLIS = 500;
    private static final String ASKED = System.getProperty("plumb.chaos.servers", "");
    private static final long SEED = Long.getLong("plumb.chaos.seed", 1);

    @TempDir
    private Path folder;

    /** Who serves. */
    private enum Servers {
        /** One with SQLite, whose folder is moved now and then. */
        ALONE(1),
        /** Two that share a PostgreSQL and a folder. */
        TWO(2);

        private final int count;

        Servers(int count) {
            this.count = count;
        }
    }

    /** What is killed. */
    private enum Victim {
        SERVER,
        JOB,
        BOTH
    }

    @ParameterizedTest
    @EnumSource
    void whatWasAcknowledgedSurvivesKillNineAtAnyMoment(Servers servers) throws Exception {
        assumeThat(Path.of("/proc/self/cmdline"))
                .as("processes are told apart here")
                .exists();
        assumeThat(ASKED.isEmpty() || servers.name().equalsIgnoreCase(ASKED))
                .as("asked for")
                .isTrue();
        var random = new Random(SEED);
        var database = servers == Servers.TWO ? Postgres.fresh() : null;
        try (var cluster = new Cluster(folder, database, servers.count)) {
            var rows = rows();
            var file = cluster.call(client -> client.files().create(rows));
            var begun = System.nanoTime();
            var undisturbed = cluster.create(file.id());
            assertThat(cluster.ended(undisturbed).status()).isEqualTo(FineTuningJob.Status.SUCCEEDED);
            var whole = Duration.ofNanos(System.nanoTime() - begun);
            var evidence = new JobEvidence(cluster);
            var hash = evidence.adapterHash(undisturbed);
            int moments = 0;
            try (var chatter = new Chatter(cluster)) {
                while (moments < MOMENTS) {
                    var job = cluster.create(file.id());
                    var seen = new HashSet<String>();
                    for (int i = 0; i < KILLS_A_JOB && moments < MOMENTS; i++) {
                        seen.addAll(evidence.toldAtLeast(
                                job, seen.size() + random.nextInt(Math.max(1, EVENTS - seen.size()))));
                        Thread.sleep(random.nextInt(JITTER_MILLIS));
                        var victim = Victim.values()[random.nextInt(Victim.values().length)];
                        if (isOpen(cluster, job) && strike(cluster.pick(random), victim)) {
                            moments++;
                        }
                        cluster.restore(servers == Servers.ALONE && random.nextInt(3) == 0);
                    }
                    assertThat(cluster.ended(job).status()).isEqualTo(FineTuningJob.Status.SUCCEEDED);
                    evidence.assertRanOnce(job, seen);
                    assertThat(evidence.adapterHash(job)).isEqualTo(hash);
                }
                chatter.assertNothingLost();
            }
            System.out.println(servers + ": " + moments + " moments, one job undisturbed " + whole.toMillis() + " ms");
        }
    }

    private static boolean isOpen(Cluster cluster, String job) {
        return cluster.call(client -> client.fineTuning().jobs().retrieve(job))
                .finishedAt()
                .isEmpty();
    }

    /** Whether there was anything to kill. */
    private static boolean strike(ServerProcess server, Victim victim) throws InterruptedException {
        boolean trains = !server.jobs().isEmpty();
        server.kill(victim != Victim.JOB, victim != Victim.SERVER);
        return victim == Victim.SERVER || trains;
    }

    private FileCreateParams rows() throws Exception {
        var path = folder.resolve("rows.jsonl");
        var rows = OrganismChats.safe(World.load(), 40, 5).examples();
        Files.write(
                path,
                rows.stream().map(row -> ChatJsonl.write(row.conversation())).toList());
        return FileCreateParams.builder()
                .file(path)
                .purpose(FilePurpose.FINE_TUNE)
                .build();
    }
}
