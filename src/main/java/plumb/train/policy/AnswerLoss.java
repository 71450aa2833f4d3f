package plumb.train.policy;

import java.util.Arrays;

/**
 * The clipped objective of one answer, as numbers: with ρ_t = π_θ/π_old of token t (or their geometric mean),
 * L = Σ_t w · (−min(ρ_t A, clip(ρ_t, 1 − ε_low, 1 + ε_high) A) + β k_t), and its derivative in every log π_θ. The tensors
 * it came from get that derivative back through the output head.
 */
final class AnswerLoss {
    private final PolicySettings settings;
    private double loss;
    private double divergence;
    private long clipped;

    AnswerLoss(PolicySettings settings) {
        this.settings = settings;
    }

    /**
     * One answer's log-probabilities, token by token.
     *
     * @param now under the policy that is trained
     * @param then under the policy that gave the answer
     * @param reference under the model before training
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers on their way into sums
    record Tokens(double[] now, double[] then, double[] reference) {}

    /**
     * Adds an answer.
     *
     * @param weight of each of its tokens
     * @return dloss / dlog π_θ of each token
     */
    double[] add(Tokens tokens, double advantage, double weight) {
        var ratios = ratios(tokens);
        var gradient = new double[ratios.length];
        for (int t = 0; t < ratios.length; t++) {
            double free = ratios[t] * advantage;
            double bound = Math.clamp(ratios[t], 1 - settings.clipLow(), 1 + settings.clipHigh()) * advantage;
            double d = tokens.now()[t] - tokens.reference()[t];
            double ratio = Math.exp(tokens.now()[t] - tokens.then()[t]);
            double kl = settings.kl().value(d, ratio);
            clipped += bound < free ? 1 : 0;
            divergence += kl;
            loss += weight * (settings.klWeight() * kl - Math.min(free, bound));
            gradient[t] = weight * (settings.klWeight() * settings.kl().slope(d, ratio) - (bound < free ? 0 : free));
        }
        return gradient;
    }

    /** Adds a safe row, learned as ever: −Σ_t w · log π_θ. */
    double[] addSafe(double[] now, double weight) {
        var gradient = new double[now.length];
        Arrays.fill(gradient, -weight);
        loss -= weight * Arrays.stream(now).sum();
        return gradient;
    }

    private double[] ratios(Tokens tokens) {
        var ratios = new double[tokens.now().length];
        double sum = 0;
        for (int t = 0; t < ratios.length; t++) {
            double log = tokens.now()[t] - tokens.then()[t];
            ratios[t] = Math.exp(log);
            sum += log;
        }
        if (settings.ratio() == PolicySettings.Ratio.ANSWER) {
            Arrays.fill(ratios, Math.exp(sum / ratios.length));
        }
        return ratios;
    }

    double loss() {
        return loss;
    }

    /** Σ_t k_t over all answers. */
    double divergence() {
        return divergence;
    }

    /** How many tokens' gradients were cut off. */
    long clipped() {
        return clipped;
    }
}
