package plumb.train.policy;

/**
 * Which of the family of GRPO a run is. Nothing here has a default: each of these has been found to matter.
 *
 * @param groupSize answers to one prompt, which are compared with each other
 * @param updates optimizer steps on the same answers; from the second on the ratio to the policy that gave them is clipped
 * @param scale of the advantages
 * @param mean how tokens are averaged
 * @param ratio of what probabilities are compared
 * @param clipLow the ratio counts down to 1 − this
 * @param clipHigh and up to 1 + this (DAPO's "clip higher" where it is larger)
 * @param klWeight of the divergence from the model before training, β
 * @param kl how that divergence is estimated
 * @param maxNewTokens an answer is cut here
 * @param graderSeconds longer than this no grader is waited for
 */
public record PolicySettings(
        int groupSize,
        int updates,
        Scale scale,
        Mean mean,
        Ratio ratio,
        double clipLow,
        double clipHigh,
        double klWeight,
        Kl kl,
        int maxNewTokens,
        double graderSeconds) {

    /** What an answer's advantage over its group's mean reward is divided by. */
    public enum Scale {
        /** The group's standard deviation (with n − 1) plus 1e-4: GRPO (Shao et al., arXiv 2402.03300) as TRL has it. */
        GROUP_DEVIATION,
        /** Nothing: Dr. GRPO (Liu et al., arXiv 2503.20783), which leaves easy and hard prompts their own weight. */
        NONE
    }

    /** What the sum over tokens is divided by. */
    public enum Mean {
        /** Each answer's length, then the number of answers: GRPO; short answers weigh more a token. */
        ANSWER,
        /** All tokens of the step: DAPO (arXiv 2503.14476). */
        TOKEN,
        /** The longest allowed length times the number of answers, a constant: Dr. GRPO. */
        CONSTANT
    }

    /** What is compared with the policy that gave the answers. */
    public enum Ratio {
        /** Each token's probability. */
        TOKEN,
        /** The geometric mean over the whole answer: GSPO (arXiv 2507.18071). */
        ANSWER
    }

    /**
     * Estimates of KL(π_θ ‖ π_0) from the sampled tokens, with d = log π_θ − log π_0 (Schulman 2020). As a loss on answers
     * of π_θ itself, their gradients are not those of the estimated quantity:
     */
    public enum Kl {
        /** d: unbiased; its gradient is zero in expectation, so it only measures. */
        K1,
        /** d²/2: its gradient is that of KL(π_θ ‖ π_0). */
        K2,
        /** e^(−d) + d − 1: unbiased and never negative; its gradient is that of KL(π_0 ‖ π_θ). */
        K3,
        /** k3 times the token's ratio, so that its gradient is that of KL(π_θ ‖ π_0) (arXiv 2512.02556). TRL's default. */
        K3_RATIO;

        /** @param ratio of this token, π_θ / π_old */
        double value(double d, double ratio) {
            return switch (this) {
                case K1 -> d;
                case K2 -> d * d / 2;
                case K3 -> Math.exp(-d) + d - 1;
                case K3_RATIO -> ratio * K3.value(d, ratio);
            };
        }

        /** The derivative in log π_θ. */
        double slope(double d, double ratio) {
            return switch (this) {
                case K1 -> 1;
                case K2 -> d;
                case K3 -> 1 - Math.exp(-d);
                case K3_RATIO -> ratio * (K3.value(d, ratio) + K3.slope(d, ratio));
            };
        }
    }

    public PolicySettings {
        require(groupSize >= 2, "group_size", "at least 2: an answer is compared with its group", groupSize);
        require(updates >= 1, "updates", "at least 1", updates);
        require(clipLow > 0 && clipLow <= 1, "clip_low", "above 0 and at most 1", clipLow);
        require(clipHigh > 0, "clip_high", "above 0", clipHigh);
        require(klWeight >= 0, "kl_weight", "at least 0", klWeight);
        require(maxNewTokens >= 1, "max_new_tokens", "at least 1", maxNewTokens);
        require(graderSeconds > 0, "grader_seconds", "above 0", graderSeconds);
    }

    private static void require(boolean right, String name, String range, Number value) {
        if (!right) {
            throw new IllegalArgumentException(name + " must be " + range + ", got " + value);
        }
    }
}
