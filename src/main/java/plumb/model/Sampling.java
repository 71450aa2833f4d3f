package plumb.model;

/**
 * How to sample. Each answer has its own random stream, derived from the seed and its place in the request, so the same
 * request gives the same answers whatever else shares its batch.
 *
 * @param temperature 0 is greedy
 * @param topP nucleus mass in (0, 1]; 1 keeps every token
 * @param maxNewTokens an answer is cut here
 * @param seed of the random streams
 */
public record Sampling(double temperature, double topP, int maxNewTokens, long seed) {
    public Sampling {
        if (!(temperature >= 0) || !(topP > 0 && topP <= 1) || maxNewTokens < 1) {
            throw new IllegalArgumentException(
                    "sampling needs temperature >= 0, 0 < top_p <= 1 and max_new_tokens >= 1," + " got " + temperature
                            + ", " + topP + ", " + maxNewTokens);
        }
    }
}
