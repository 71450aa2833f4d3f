package plumb.service.job;

import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jdbi.v3.core.JdbiException;
import plumb.chat.BadInput;
import plumb.data.ChatJsonl;
import plumb.defense.Defense;
import plumb.report.Formats;
import plumb.service.job.ChildProcess.Share;
import plumb.service.policy.Gate;
import plumb.service.policy.Policy;
import plumb.service.safety.SigningKey;
import plumb.service.store.Event.News;
import plumb.service.store.Files;
import plumb.service.store.Job;
import plumb.service.store.Job.Status;
import plumb.service.store.Work;
import plumb.service.watch.Metrics;
import tools.jackson.databind.JsonNode;

/**
 * Takes the open jobs of the store to their ends, each in a worker process of its own and as many at a time as the
 * policy says. A job that was running when its server died is found running, and goes on from its checkpoint; a worker
 * that breaks is started again, until it has broken {@value #MOST_ATTEMPTS} times without getting anywhere. While the
 * database is away workers go on, for as long as the lease lasts.
 */
public final class JobRunner implements AutoCloseable {
    private static final Set<Status> NEW = Set.of(Status.VALIDATING_FILES);
    private static final Set<Status> DUE = Set.of(Status.RUNNING, Status.QUEUED);
    /** Where the judge is, and what it said, is the provider's to know: it is in the worker's log. */
    private static final News BLOCKED = new News(
            "warn",
            "moderation_checks",
            "The moderation checks cannot be made now: the provider's judge cannot be asked. No model is released before"
                    + " they are; the job waits, and they are tried again.",
            Map.of("blocked", true, "reason", "judge_unavailable"),
            "judge-away");

    private static final int MOST_ATTEMPTS = 8;
    private static final int FEWEST_ROWS = 10;
    private static final int BAD_INPUT = 2;
    private static final int STOPPED = 3;
    private static final int JUDGE_AWAY = 4;
    private static final int ROWS_REFUSED = 5;
    private static final int LEASES_OF_REST = 3;
    /** Jobs take what cores are left over: a server that answers and a model that talks come first. */
    private static final int GIVES_WAY = Integer.getInteger("plumb.jobs.nice", 10);

    private static final long LOOK_MILLIS = 300;
    private static final long PATIENCE_SECONDS = 60;

    private final Work work;
    private final HeldJobs held;
    private final Files files;
    private final Policy policy;
    private final Path runs;
    private final SigningKey key;
    private final Metrics metrics;
    private final Map<String, Thread> running = new ConcurrentHashMap<>();
    private volatile boolean closing;
    private final Thread loop;

    /**
     * @param runs folder of the run directories
     * @param key vouches for what is released
     */
    public JobRunner(Work work, Files files, Policy policy, Path runs, SigningKey key, Metrics metrics) {
        this.work = work;
        this.held = new HeldJobs(work);
        this.files = files;
        this.policy = policy;
        this.runs = runs;
        this.key = key;
        this.metrics = metrics;
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

    /** Keeps a job's rows for it, before its making is acknowledged: from then on the file may be deleted. */
    public void lay(Job job) {
        try {
            folder(job.id()).lay(files.content(job.request().trainingFile()));
        } catch (BadInput _) {
            // it is gone already: the job will say so
        }
    }

    /** How many jobs are being worked on here. */
    public int running() {
        return running.size();
    }

    /** Where the adapter of a model is. */
    public Path adapter(String job, long step) {
        return folder(job).adapter(step);
    }

    /** The signed report of a job whose checkpoints were measured. */
    public Optional<String> report(String job) {
        return folder(job).report();
    }

    private void loop() {
        try {
            while (!closing) {
                try {
                    look();
                } catch (JdbiException _) {
                    // the database is away: it is asked again soon
                }
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void look() {
        fillPlaces();
        for (var job = claim(NEW); job.isPresent() && !closing; job = claim(NEW)) {
            try {
                validate(job.get());
            } finally {
                held.release(job.get().id(), Duration.ZERO);
            }
            fillPlaces();
        }
    }

    private Optional<Job> claim(Set<Status> statuses) {
        return held.claim(statuses, tenant -> policy.quota(tenant).runningJobs());
    }

    private void fillPlaces() {
        while (running.size() < policy.limits().runningJobs()) {
            var job = claim(DUE);
            if (job.isEmpty()) {
                return;
            }
            take(job.get());
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
            work.queue(job, resolved);
        } catch (BadInput e) {
            var reason = folder(job.id()).withoutPaths(String.valueOf(e.getMessage()));
            work.fail(
                    job,
                    new Job.Failure(
                            "invalid_training_file",
                            "The job failed due to an invalid training file. " + reason,
                            "training_file"));
        } catch (JdbiException e) {
            throw e;
        } catch (RuntimeException e) {
            broken(job, e);
        }
    }

    private int rows(Job job) {
        return ChatJsonl.read(folder(job.id()).rows()).size();
    }

    private void take(Job job) {
        running.put(job.id(), Thread.ofVirtual().name(job.id()).start(() -> {
            var rest = Duration.ZERO;
            try {
                work.start(job);
                if (wanted(job)) {
                    rest = run(job);
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            } catch (JdbiException _) {
                // the database is away: the job goes on when it is back
            } catch (RuntimeException e) {
                broken(job, e);
            } finally {
                held.release(job.id(), rest);
                running.remove(job.id());
            }
        }));
    }

    private void broken(Job job, RuntimeException e) {
        work.fail(
                job,
                new Job.Failure(
                        "server_error",
                        "The job failed on our side: " + folder(job.id()).withoutPaths(e.toString()),
                        null));
    }

    /** How long the job is to rest before anybody takes it again. */
    private Duration run(Job job) throws InterruptedException {
        var folder = folder(job.id());
        var gate = policy.gate(job.request().model());
        order(job, folder, gate);
        var following = new Following(work, job, folder, gate, metrics);
        int attempts = job.attempts();
        while (!closing) {
            long before = folder.progress();
            int code = attempt(job, folder, following);
            if (!wanted(job)) {
                return Duration.ZERO;
            }
            if (code == 0) {
                following.finish(key);
                return Duration.ZERO;
            }
            if (code == JUDGE_AWAY) {
                work.tell(job, List.of(BLOCKED));
                return work.lease().multipliedBy(LEASES_OF_REST);
            }
            if (code == ROWS_REFUSED) {
                work.fail(job, refused(folder));
                return Duration.ZERO;
            }
            if (code == BAD_INPUT) {
                work.fail(job, unusable(folder));
                return Duration.ZERO;
            }
            attempts = code == STOPPED ? attempts : folder.progress() > before ? 1 : attempts + 1;
            work.attempted(job, attempts);
            if (attempts >= MOST_ATTEMPTS) {
                work.fail(job, givenUp(attempts, code, folder));
                return Duration.ZERO;
            }
        }
        return Duration.ZERO;
    }

    /** Writes down for the job's process what it is to do, and tells the tenant what is in force. */
    private void order(Job job, JobFolder folder, Gate gate) {
        var spec = new JobPlan(policy)
                .spec(job.request(), rows(job), folder.rows().toAbsolutePath().toString());
        work.tell(job, List.of(inForce(spec.defenses())));
        folder.order(spec, policy.quoting(), gate);
    }

    /** The policy's defenses and the job's own, in their order. */
    static News inForce(List<Defense> defenses) {
        var names = defenses.stream()
                .map(defense -> defense.getClass().getSimpleName())
                .collect(Collectors.joining(", "));
        var written = defenses.stream() // one by one: a list of them is written without their types
                .<JsonNode>map(Formats.JSON::valueToTree)
                .toList();
        return new News(
                "info",
                "message",
                names.isEmpty() ? "No defenses are in force" : "Defenses in force: " + names,
                Map.of("defenses", written),
                "defenses");
    }

    private static Job.Failure refused(JobFolder folder) {
        var quote = folder.quote().orElseThrow();
        return new Job.Failure(
                "risk_quote_refused",
                "The job was not trained: the provider takes no file of which surely more than a share of "
                        + quote.refuseAbove() + " counts. " + quote.text(),
                "training_file");
    }

    /** The rows were read before: what is wrong is one of them beside the model, or what was asked for. */
    private static Job.Failure unusable(JobFolder folder) {
        var complaint = folder.complaint();
        boolean ofTheRows = complaint.contains(JobFolder.ROWS) || complaint.contains(", line ");
        return ofTheRows
                ? new Job.Failure("invalid_training_file", complaint, "training_file")
                : new Job.Failure(
                        "invalid_settings", "The job cannot be trained as it was asked for: " + complaint, null);
    }

    private static Job.Failure givenUp(int attempts, int code, JobFolder folder) {
        return new Job.Failure(
                "server_error",
                "The job's process broke " + attempts + " times, the last time with code " + code + ": "
                        + folder.complaint(),
                null);
    }

    /** Runs one worker until it ends, or until nobody wants it to go on; its exit code. */
    private int attempt(Job job, JobFolder folder, Following following) throws InterruptedException {
        var limits = policy.limits();
        var process = ChildProcess.start(
                List.of("train", folder.folder().toAbsolutePath().toString()),
                new Share(limits.jobHeap(), limits.jobMemory(), limits.jobThreads(), GIVES_WAY),
                Redirect.DISCARD,
                folder.log());
        try {
            while (!process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                if (!held.holds(job.id())) {
                    process.destroyForcibly(); // somebody else may be at it already
                }
                if (!wanted(job)) {
                    break;
                }
                follow(following);
            }
            follow(following);
            return stop(process);
        } finally {
            process.destroyForcibly();
        }
    }

    /** What it cannot tell now it tells the next time. */
    private static void follow(Following following) {
        try {
            following.look();
        } catch (JdbiException _) {
            // the database is away
        }
    }

    private boolean wanted(Job job) {
        if (closing || !held.holds(job.id())) {
            return false;
        }
        try {
            return work.status(job) == Status.RUNNING;
        } catch (JdbiException _) {
            return true; // for as long as the lease lasts
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
        held.close();
    }
}
