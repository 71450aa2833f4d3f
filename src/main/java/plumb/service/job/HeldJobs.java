package plumb.service.job;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import plumb.service.store.Job;
import plumb.service.store.Work;

/**
 * The jobs this server holds. A thread of its own renews their leases; one that could not be renewed in time, because the
 * database was away or this server slept, is not held any more, and whoever works on it sees that and stops.
 */
final class HeldJobs implements AutoCloseable {
    private static final int RENEWALS_A_LEASE = 4;

    private final Work work;
    /** Until when, by this machine's steady clock. */
    private final Map<String, Long> held = new ConcurrentHashMap<>();

    private final Thread renewing;

    HeldJobs(Work work) {
        this.work = work;
        this.renewing = Thread.ofPlatform().daemon().name("leases").start(this::renewAlways);
    }

    /**
     * Takes a job, if one is due.
     *
     * @param most how many jobs of a tenant may run; none: any number
     */
    Optional<Job> claim(Set<Job.Status> statuses, Function<String, @Nullable Long> most) {
        long until = end();
        var job = work.claim(statuses, most);
        job.ifPresent(claimed -> held.put(claimed.id(), until));
        return job;
    }

    boolean holds(String job) {
        var until = held.get(job);
        return until != null && System.nanoTime() - until < 0;
    }

    /**
     * Lets a job go; when the database is away, its lease ends by itself.
     *
     * @param rest how long nobody is to take it
     */
    void release(String job, Duration rest) {
        held.remove(job);
        try {
            work.release(job, rest);
        } catch (JdbiException _) {
            // nobody renews it
        }
    }

    /** Counted from before the database is asked: its own count begins later and ends later. */
    private long end() {
        return System.nanoTime() + work.lease().toNanos();
    }

    private void renewAlways() {
        try {
            while (true) {
                Thread.sleep(work.lease().dividedBy(RENEWALS_A_LEASE));
                renew();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private void renew() {
        long until = end();
        var asked = Set.copyOf(held.keySet());
        try {
            var still = work.renew(asked);
            for (var job : asked) {
                held.computeIfPresent(job, (_, _) -> still.contains(job) ? until : null);
            }
        } catch (JdbiException _) {
            // tried again soon; what it cannot renew in time is lost
        }
    }

    @Override
    public void close() {
        renewing.interrupt();
        held.keySet().forEach(job -> release(job, Duration.ZERO));
    }
}
