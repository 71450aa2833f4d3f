package plumb.service.job;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import plumb.chat.BadInput;
import plumb.data.ChatJsonl;
import plumb.service.job.ChildProcess.Share;
import plumb.service.policy.Policy;
import plumb.service.store.Files;
import plumb.service.store.Job;
import plumb.service.store.Job.Status;
import plumb.service.store.JobRequest.Hyperparameters;
import plumb.service.store.Jobs;

/**
 * Takes the open jobs of the store to their ends, each in a worker process of its own and as many at a time as the
 * policy says. A job that was running when the server died is found running, and goes on from its checkpoint; a worker
 * that breaks is started again, until it has broken {@value #MOST_ATTEMPTS} times without getting anywhere.
 */
public final class JobRunner implements AutoCloseable {
    private static final int MOST_ATTEMPTS = 8;
    private static final int FEWEST_ROWS = 10;
    private static final int BAD_INPUT = 2;
    private static final int STOPPED = 3;
    private static final long LOOK_MILLIS = 300;
    private static final long PATIENCE_SECONDS = 60;

    private final Jobs jobs;
    private final Files files;
    private final Policy policy;
    private final Path runs;
    private final Map<String, Thread> running = new ConcurrentHashMap<>();
    private volatile boolean closing;
    private final Thread loop;

    /** @param runs folder of the run directories */
    public JobRunner(Jobs jobs, Files files, Policy policy, Path runs) {
        this.jobs = jobs;
        this.files = files;
        this.policy = policy;
        this.runs = runs;
        this.loop = Thread.ofPlatform().name("jobs").unstarted(this::loop);
    }

    /** Begins with what is open. */
    public void start() {
        loop.start();
    }

    /** Where a job's run is. */
    private JobFolder folder(String job) {
        return new JobFolder(runs.resolve(job));
    }

    /** Where the adapter of a model is. */
    public Path adapter(String job, long step) {
        return folder(job).adapter(step);
    }

    private void loop() {
        try {
            while (!closing) {
                jobs.due(Status.VALIDATING_FILES).forEach(this::validate);
                jobs.due(Status.RUNNING).forEach(this::take);
                for (var job : jobs.due(Status.QUEUED)) {
                    if (running.size() < policy.limits().runningJobs() && jobs.start(job)) {
                        take(job);
                    }
                }
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void validate(Job job) {
        try {
            folder(job.id()).lay(files.content(job.request().trainingFile()));
            int rows = rows(job);
            if (rows < FEWEST_ROWS) {
                throw new BadInput("Training file has " + rows + " examples, but must have at least " + FEWEST_ROWS);
            }
            var resolved = new JobPlan(policy).resolve(job.request().hyperparameters(), rows);
            jobs.queue(job, resolved);
        } catch (BadInput e) {
            var reason = String.valueOf(e.getMessage()).replace(folder(job.id()).rows() + ": ", "");
            jobs.fail(
                    job,
                    new Job.Failure(
                            "invalid_training_file",
                            "The job failed due to an invalid training file. " + reason,
                            "training_file"));
        } catch (RuntimeException e) {
            broken(job, e);
        }
    }

    private int rows(Job job) {
        return ChatJsonl.read(folder(job.id()).rows()).size();
    }

    private void take(Job job) {
        if (!running.containsKey(job.id())) {
            running.put(job.id(), Thread.ofVirtual().name(job.id()).start(() -> {
                try {
                    run(job);
                } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                } catch (RuntimeException e) {
                    broken(job, e);
                } finally {
                    running.remove(job.id());
                }
            }));
        }
    }

    private void broken(Job job, RuntimeException e) {
        jobs.fail(job, new Job.Failure("server_error", "The job failed on our side: " + e, null));
    }

    private void run(Job job) throws InterruptedException {
        var folder = folder(job.id());
        int rows = rows(job);
        var spec = new JobPlan(policy)
                .spec(job.request(), rows, folder.rows().toAbsolutePath().toString());
        folder.order(spec, policy.gate());
        var following = new Following(jobs, job, folder, policy.gate(), steps(job, rows));
        int attempts = job.attempts();
        while (!closing) {
            long before = folder.progress();
            int code = attempt(job, folder, following);
            if (closing || jobs.get(job.id()).status() != Status.RUNNING) {
                return;
            }
            if (code == 0) {
                following.finish();
                return;
            }
            if (code == BAD_INPUT) {
                jobs.fail(job, new Job.Failure("invalid_training_file", folder.complaint(), "training_file"));
                return;
            }
            attempts = code == STOPPED ? attempts : folder.progress() > before ? 1 : attempts + 1;
            jobs.attempted(job, attempts);
            if (attempts >= MOST_ATTEMPTS) {
                jobs.fail(
                        job,
                        new Job.Failure(
                                "server_error",
                                "The job's process broke " + attempts + " times, the last time with code " + code + ": "
                                        + folder.complaint(),
                                null));
            }
        }
    }

    private long steps(Job job, int rows) {
        Hyperparameters chosen = new JobPlan(policy).resolve(job.request().hyperparameters(), rows);
        long batch = Objects.requireNonNull(chosen.batchSize());
        return (rows * (long) Objects.requireNonNull(chosen.nEpochs()) + batch - 1) / batch;
    }

    /** Runs one worker until it ends, or until nobody wants it to go on; its exit code. */
    private int attempt(Job job, JobFolder folder, Following following) throws InterruptedException {
        var limits = policy.limits();
        var process = ChildProcess.start(
                List.of("train", folder.folder().toAbsolutePath().toString()),
                new Share(limits.jobHeap(), limits.jobMemory(), limits.jobThreads()),
                Redirect.DISCARD,
                folder.log());
        try {
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                following.look();
                if (closing || jobs.get(job.id()).status() != Status.RUNNING) {
                    break;
                }
            }
            following.look();
            return stop(process);
        } finally {
            process.destroyForcibly();
        }
    }

    /** Ends its input, upon which it saves and leaves. */
    private static int stop(Process process) throws InterruptedException {
        try {
            process.getOutputStream().close();
        } catch (java.io.IOException _) {
            // it is gone already
        }
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            process.destroyForcibly();
        }
        return process.waitFor();
    }

    /** Lets every worker save and leave; their jobs stay running in the store, and go on with the next server. */
    @Override
    public void close() {
        closing = true;
        try {
            loop.join();
            for (var thread : running.values()) {
                thread.join();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }
}
