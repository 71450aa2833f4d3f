package plumb.service.http;

import io.github.bucket4j.Bucket;
import io.javalin.http.Context;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Calls;
import plumb.service.policy.Policy;

/**
 * Holds each tenant to its requests and tokens a minute, on this server alone: a bucket that fills evenly and may be emptied
 * at once. Every answer says what is left, in OpenAI's headers; a refusal says when to come back, which OpenAI's clients do
 * by themselves.
 */
final class Throttle {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final Policy policy;
    private final Map<String, Buckets> tenants = new ConcurrentHashMap<>();

    private record Buckets(
            @Nullable Limited requests, @Nullable Limited tokens) {}

    /**
     * A bucket.
     *
     * @param most that it holds, and is filled with in a minute
     */
    private record Limited(long most, Bucket bucket) {}

    Throttle(Policy policy) {
        this.policy = policy;
    }

    private Buckets of(String tenant) {
        return tenants.computeIfAbsent(tenant, name -> {
            var quota = policy.quota(name);
            return new Buckets(limited(quota.requestsPerMinute()), limited(quota.tokensPerMinute()));
        });
    }

    private static @Nullable Limited limited(@Nullable Long most) {
        if (most == null) {
            return null;
        }
        long full = most;
        return new Limited(
                full,
                Bucket.builder()
                        .addLimit(limit -> limit.capacity(full).refillGreedy(full, MINUTE))
                        .build());
    }

    /** Lets a request in, or says when it may come again. */
    void admit(Context call) {
        var buckets = of(Calls.tenant(call));
        if (buckets.requests() != null) {
            admitOne(call, buckets.requests());
        }
        if (buckets.tokens() != null && Doorkeeper.isQuestion(call)) {
            requireSome(call, buckets.tokens());
        }
    }

    private static void admitOne(Context call, Limited requests) {
        var probe = requests.bucket().tryConsumeAndReturnRemaining(1);
        tell(call, "requests", requests.most(), probe.getRemainingTokens(), probe.getNanosToWaitForReset());
        if (!probe.isConsumed()) {
            throw refused("requests", requests.most(), probe.getNanosToWaitForRefill());
        }
    }

    private static void requireSome(Context call, Limited tokens) {
        long left = Math.max(0, tokens.bucket().getAvailableTokens());
        long full = tokens.bucket().estimateAbilityToConsume(tokens.most()).getNanosToWaitForRefill();
        tell(call, "tokens", tokens.most(), left, full);
        var probe = tokens.bucket().estimateAbilityToConsume(1);
        if (!probe.canBeConsumed()) {
            throw refused("tokens", tokens.most(), probe.getNanosToWaitForRefill());
        }
    }

    private static void tell(Context call, String what, long most, long left, long nanosToFull) {
        call.header("x-ratelimit-limit-" + what, String.valueOf(most));
        call.header("x-ratelimit-remaining-" + what, String.valueOf(left));
        call.header("x-ratelimit-reset-" + what, String.format(Locale.ROOT, "%.3fs", nanosToFull / 1e9));
    }

    private static ApiError refused(String what, long most, long nanos) {
        var message = "Rate limit reached: " + most + " " + what + " a minute. Please try again in "
                + String.format(Locale.ROOT, "%.1f", nanos / 1e9) + " s.";
        return ApiError.tooFast(message, Duration.ofNanos(nanos));
    }

    /** After an answer: takes the tokens it used, also more than were left, which then have to be waited for. */
    void settle(Context call) {
        int spent = Calls.tokens(call);
        if (spent > 0) {
            var tokens = of(Calls.tenant(call)).tokens();
            if (tokens != null) {
                tokens.bucket().consumeIgnoringRateLimits(spent);
            }
        }
    }
}
