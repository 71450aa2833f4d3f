package plumb.service.job;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import org.jdbi.v3.core.JdbiException;
import plumb.report.RunDirectory;
import plumb.service.store.Jobs;
import plumb.service.store.Models;

/**
 * Gives back what nobody needs any more, in a thread of its own: the rows of jobs that have ended, so that a deleted file is
 * gone then, and the adapters of deleted models. What a job measured and the signed report stay.
 */
public final class Tidying implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(Long.getLong("plumb.tidying.millis", 60_000));

    private final Path runs;
    private final Jobs jobs;
    private final Models models;
    private final Thread thread = Thread.ofVirtual().name("tidying").unstarted(this::loop);

    /** @param runs folder of the run directories */
    public Tidying(Path runs, Jobs jobs, Models models) {
        this.runs = runs;
        this.jobs = jobs;
        this.models = models;
    }

    public void start() {
        thread.start();
    }

    private void loop() {
        try {
            while (true) {
                try {
                    look();
                } catch (JdbiException | UncheckedIOException _) {
                    // the database or the disk is away: later
                }
                Thread.sleep(PAUSE);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        for (var job : folders()) {
            var id = String.valueOf(job.getFileName());
            var rows = new JobFolder(job).rows();
            if (Files.exists(rows) && jobs.hasEnded(id)) {
                delete(rows);
            }
            var run = RunDirectory.at(job);
            if (Files.exists(run.adapter()) && models.allDeleted(id)) {
                delete(run.checkpoints());
                delete(run.adapter());
            }
        }
    }

    private List<Path> folders() {
        try (var folders = Files.list(runs)) {
            return folders.toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path what) {
        try (var all = Files.walk(what)) {
            for (var one : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(one);
            }
        } catch (NoSuchFileException _) {
            // another server was faster
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}
