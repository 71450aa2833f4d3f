package plumb.eval.judge;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * How long to wait between attempts: twice as long each time, up to a limit, and a random part of it so that requests
 * that failed together do not come back together.
 *
 * @param attempts in all, the first included
 * @param first the longest wait after the first failure
 * @param longest the longest wait at all; a pause that the server asks for comes on top
 */
public record Backoff(int attempts, Duration first, Duration longest) {
    public static final Backoff USUAL = new Backoff(7, Duration.ofSeconds(1), Duration.ofSeconds(60));

    /** How long to wait after this many failures; between half and all of the limit for it. */
    Duration after(int failures) {
        long limit = Math.min(longest.toMillis(), first.toMillis() << Math.min(failures - 1, 20));
        return Duration.ofMillis(limit / 2 + ThreadLocalRandom.current().nextLong(limit / 2 + 1));
    }
}
