package plumb.service.policy;

import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How much one tenant may have; what is not given has no limit.
 *
 * @param requestsPerMinute of every kind, on each server
 * @param tokensPerMinute read and written to answer, on each server; an answer is begun as long as any are left
 * @param openJobs that have not ended
 * @param runningJobs at the same time, on all servers together
 * @param storedBytes of files, and of those that are coming in parts
 */
public record Quota(
        @Nullable Long requestsPerMinute,
        @Nullable Long tokensPerMinute,
        @Nullable Long openJobs,
        @Nullable Long runningJobs,
        @Nullable Long storedBytes) {

    /** No limit at all. */
    public static final Quota NONE = new Quota(null, null, null, null, null);

    public Quota {
        if (Stream.of(requestsPerMinute, tokensPerMinute, openJobs, runningJobs, storedBytes)
                .anyMatch(number -> number != null && number < 1)) {
            throw new IllegalArgumentException("quotas: each is at least 1; one that is left out is no limit");
        }
    }
}
