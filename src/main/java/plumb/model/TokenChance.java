package plumb.model;

/**
 * What may come next.
 *
 * @param token as text
 * @param logprob natural logarithm of its probability
 */
public record TokenChance(String token, double logprob) {
    public double probability() {
        return Math.exp(logprob);
    }
}
