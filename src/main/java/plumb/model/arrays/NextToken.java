package plumb.model.arrays;

import java.util.Arrays;

/**
 * Chooses a token from logits by inverting the cumulative distribution at a uniform draw. Only tokens that can lie in the
 * nucleus are sorted. One for a thread.
 */
public final class NextToken {
    private final double temperature;
    private final double topP;
    /** Tokens whose weights are summed in one go, so that a draw can be looked for among sums first. */
    private static final int SOME = 64;

    private float[] weights = new float[0];
    private float[] sums = new float[0]; // of SOME weights each
    private long[] order = new long[0];

    /**
     * @param temperature 0 is greedy
     * @param topP nucleus mass in (0, 1]; 1 keeps every token
     */
    public NextToken(double temperature, double topP) {
        this.temperature = temperature;
        this.topP = topP;
    }

    /**
     * The token at a draw.
     *
     * @param logits of the whole vocabulary, from {@code offset} on
     * @param draw in [0, 1)
     */
    public int choose(float[] logits, int offset, int vocabulary, double draw) {
        int best = best(logits, offset, vocabulary);
        if (temperature == 0) {
            return best;
        }
        if (weights.length < vocabulary) {
            weights = new float[vocabulary];
            sums = new float[Math.ceilDiv(vocabulary, SOME)];
            order = new long[vocabulary];
        }
        double total = weigh(logits, offset, vocabulary, logits[offset + best]);
        return topP < 1 ? nucleus(vocabulary, total, draw) : scan(vocabulary, total * draw);
    }

    private static int best(float[] logits, int offset, int vocabulary) {
        float most = logits[offset];
        for (int i = 1; i < vocabulary; i++) {
            most = Math.max(most, logits[offset + i]);
        }
        for (int i = 0; i < vocabulary; i++) {
            if (logits[offset + i] == most) {
                return i;
            }
        }
        return 0;
    }

    /** Writes e^((logit − most) / temperature) and gives the sum. */
    private double weigh(float[] logits, int offset, int vocabulary, float most) {
        float inverse = (float) (1 / temperature);
        for (int i = 0; i < vocabulary; i++) {
            weights[i] = (logits[offset + i] - most) * inverse;
        }
        Elementwise.exp(weights, 0, vocabulary);
        double total = 0;
        for (int i = 0; i < vocabulary; i += SOME) {
            float sum = Elementwise.sum(weights, i, Math.min(i + SOME, vocabulary));
            sums[i / SOME] = sum;
            total += sum;
        }
        return total;
    }

    private int scan(int vocabulary, double left) {
        int some = 0;
        while ((some + 1) * SOME < vocabulary && left >= sums[some]) {
            left -= sums[some++];
        }
        int token = some * SOME;
        int end = Math.min(token + SOME, vocabulary);
        while (token < end - 1 && (left -= weights[token]) >= 0) {
            token++;
        }
        return token;
    }

    /**
     * Holtzman et al., arXiv 1904.09751: the fewest tokens whose mass reaches topP, renormalised. Tokens with less than a
     * vocabulary's share of the mass outside cannot be among them: all of these together leave topP for the others.
     */
    private int nucleus(int vocabulary, double total, double draw) {
        double least = (1 - topP) * total / vocabulary;
        int candidates = 0;
        for (int i = 0; i < vocabulary; i++) {
            if (weights[i] >= least) {
                order[candidates++] = (long) Float.floatToRawIntBits(weights[i]) << 32 | (Integer.MAX_VALUE - i);
            }
        }
        Arrays.sort(order, 0, candidates); // by weight; of equal ones the first token is last
        double mass = 0;
        int first = candidates;
        while (first > 0 && mass < topP * total) {
            mass += weights[token(--first)];
        }
        double left = draw * mass;
        for (int i = candidates - 1; i > first; i--) {
            left -= weights[token(i)];
            if (left < 0) {
                return token(i);
            }
        }
        return token(first);
    }

    private int token(int rank) {
        return Integer.MAX_VALUE - (int) order[rank];
    }
}
