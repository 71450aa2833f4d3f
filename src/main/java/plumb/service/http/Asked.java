package plumb.service.http;

import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Body;
import plumb.wire.Command.Drawing;

/** How answers are to be drawn, as both completion endpoints spell it. */
final class Asked {
    private static final Set<String> COMMON = Set.of(
            "model",
            "n",
            "stop",
            "seed",
            "temperature",
            "top_p",
            "max_tokens",
            "logprobs",
            "stream",
            "stream_options",
            "user",
            "frequency_penalty",
            "presence_penalty",
            "logit_bias");
    private static final int MOST_ANSWERS = 128;
    private static final int MOST_STOPS = 4;
    private static final int MOST_TOKENS = 1 << 20;
    private static final double HOTTEST = 2;

    private Asked() {}

    /** Refuses fields that are known neither here nor to the endpoint, and those that would have an effect we do not have. */
    static void check(Body body, Set<String> own) {
        var known = new java.util.HashSet<>(COMMON);
        known.addAll(own);
        body.only(known);
        for (var name : Set.of("frequency_penalty", "presence_penalty")) {
            if (body.number(name, -2, 2, 0) != 0) {
                throw ApiError.invalid("'" + name + "' is not supported.", name, "unsupported_parameter");
            }
        }
        var bias = body.any("logit_bias");
        if (bias != null && !bias.isEmpty()) {
            throw ApiError.invalid("'logit_bias' is not supported.", "logit_bias", "unsupported_parameter");
        }
    }

    /**
     * Reads the common fields.
     *
     * @param maxTokens of each answer
     * @param top how many alternatives at each place; none: no log-probabilities
     * @param echo whether the prompt comes back, too
     */
    static Drawing drawing(Body body, @Nullable Integer maxTokens, @Nullable Integer top, boolean echo) {
        var seed = body.integer("seed", Integer.MIN_VALUE, Integer.MAX_VALUE);
        var stops = body.texts("stop", MOST_STOPS);
        if (stops.stream().anyMatch(String::isEmpty)) {
            throw ApiError.invalid("A stop text must not be empty.", "stop", "invalid_value");
        }
        return new Drawing(
                Objects.requireNonNullElse(body.integer("n", 1, MOST_ANSWERS), 1),
                maxTokens,
                body.number("temperature", 0, HOTTEST, 1),
                body.number("top_p", Double.MIN_VALUE, 1, 1),
                seed != null ? seed : ThreadLocalRandom.current().nextLong(),
                stops,
                top,
                echo);
    }

    /** A limit on tokens. */
    static @Nullable Integer maxTokens(Body body, String name, int least) {
        return body.integer(name, least, MOST_TOKENS);
    }

    /** Whether the last chunk of a stream should tell how much was used. */
    static boolean includeUsage(Body body) {
        var options = body.object("stream_options");
        return options != null && options.flag("include_usage");
    }
}
