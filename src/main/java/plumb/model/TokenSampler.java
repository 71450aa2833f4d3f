package plumb.model;

import plumb.torch.Dtype;
import plumb.torch.Tensor;

/** Chooses tokens from logits by inverting the cumulative distribution at given uniform draws. */
final class TokenSampler {
    private TokenSampler() {}

    /**
     * One token a row.
     *
     * @param logits [rows, vocabulary], fp32
     * @param draws one number in [0, 1) a row
     */
    static long[] choose(Tensor logits, float[] draws, Sampling sampling) {
        if (sampling.temperature() == 0) {
            return logits.argmax(-1).longs();
        }
        var probabilities = logits.mul(1 / sampling.temperature()).softmax(-1);
        if (sampling.topP() < 1) {
            return nucleus(probabilities, draws, sampling.topP());
        }
        return probabilities.device().equals("cpu")
                ? scan(probabilities, draws)
                : invert(probabilities, draws).longs();
    }

    /** As {@link #invert}, stopping at the token: on a CPU half the vocabulary is never looked at. */
    private static long[] scan(Tensor probabilities, float[] draws) {
        var all = probabilities.floats();
        int vocabulary = all.length / draws.length;
        var chosen = new long[draws.length];
        for (int row = 0; row < draws.length; row++) {
            double left = draws[row];
            int token = 0;
            while (token < vocabulary - 1 && (left -= all[row * vocabulary + token]) >= 0) {
                token++;
            }
            chosen[row] = token;
        }
        return chosen;
    }

    /** The first token at which the running sum exceeds draw · total: [rows]. */
    private static Tensor invert(Tensor probabilities, float[] draws) {
        var running = probabilities.cumsum(-1); // [rows, vocabulary]
        long vocabulary = running.size(1);
        var total = running.narrow(1, vocabulary - 1, 1);
        var threshold = Tensor.of(draws, draws.length, 1).to(running.device()).mul(total);
        return threshold.ge(running).to(Dtype.I64).sum(1, false); // draws < 1, so at most vocabulary − 1
    }

    /** Holtzman et al., arXiv 1904.09751: the fewest tokens whose mass reaches topP, renormalised. */
    private static long[] nucleus(Tensor probabilities, float[] draws, double topP) {
        var sorted = probabilities.sortDescending(-1);
        var before = sorted.values().cumsum(-1).sub(sorted.values()); // mass of more probable tokens
        var outside = before.ge(Tensor.full(topP, Dtype.F32, probabilities.device(), 1));
        var rank = invert(sorted.values().maskedFill(outside, 0), draws); // [rows]
        return sorted.indices().gather(1, rank.view(rank.numel(), 1)).longs();
    }
}
