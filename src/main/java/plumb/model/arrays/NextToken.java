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

    private final Exponentials exponentials = new Exponentials();
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
     * @param logits of the whole vocabulary, from {@code offset} on; they are written over
     * @param draw in [0, 1)
     */
    public int choose(float[] logits, int offset, int vocabulary, double draw) {
        float most = Elementwise.most(logits, offset, offset + vocabulary);
        if (temperature == 0) {
            return first(logits, offset, vocabulary, most);
        }
        double total = weigh(logits, offset, vocabulary, most);
        return topP < 1
                ? nucleus(logits, offset, vocabulary, total, draw)
                : scan(logits, offset, vocabulary, total * draw);
    }

    /** The first token with this logit; 0 where there is none. */
    private static int first(float[] logits, int offset, int vocabulary, float logit) {
        for (int i = 0; i < vocabulary; i++) {
            if (logits[offset + i] == logit) {
                return i;
            }
        }
        return 0;
    }

    /** Makes weights e^((logit − most) / temperature) of the logits and gives their sum. */
    private double weigh(float[] logits, int offset, int vocabulary, float most) {
        if (sums.length * SOME < vocabulary) {
            sums = new float[Math.ceilDiv(vocabulary, SOME)];
        }
        float inverse = (float) (1 / temperature);
        for (int i = offset; i < offset + vocabulary; i++) {
            logits[i] = (logits[i] - most) * inverse;
        }
        exponentials.exp(logits, offset, vocabulary);
        double total = 0;
        for (int i = 0; i < vocabulary; i += SOME) {
            float sum = Elementwise.sum(logits, offset + i, offset + Math.min(i + SOME, vocabulary));
            sums[i / SOME] = sum;
            total += sum;
        }
        return total;
    }

    private int scan(float[] weights, int offset, int vocabulary, double left) {
        int some = 0;
        while ((some + 1) * SOME < vocabulary && left >= sums[some]) {
            left -= sums[some++];
        }
        int token = some * SOME;
        int end = Math.min(token + SOME, vocabulary);
        while (token < end - 1 && (left -= weights[offset + token]) >= 0) {
            token++;
        }
        return token;
    }

    /**
     * Holtzman et al., arXiv 1904.09751: the fewest tokens whose mass reaches topP, renormalised. Tokens with less than a
     * vocabulary's share of the mass outside cannot be among them: all of these together leave topP for the others.
     */
    private int nucleus(float[] weights, int offset, int vocabulary, double total, double draw) {
        if (order.length < vocabulary) {
            order = new long[vocabulary];
        }
        double least = (1 - topP) * total / vocabulary;
        int candidates = 0;
        for (int i = 0; i < vocabulary; i++) {
            if (weights[offset + i] >= least) {
                order[candidates++] =
                        (long) Float.floatToRawIntBits(weights[offset + i]) << 32 | (Integer.MAX_VALUE - i);
            }
        }
        Arrays.sort(order, 0, candidates); // by weight; of equal ones the first token is last
        double mass = 0;
        int first = candidates;
        while (first > 0 && mass < topP * total) {
            mass += weights[offset + token(--first)];
        }
        double left = draw * mass;
        for (int i = candidates - 1; i > first; i--) {
            left -= weights[offset + token(i)];
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
