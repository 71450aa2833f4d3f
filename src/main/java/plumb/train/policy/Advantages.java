package plumb.train.policy;

import java.util.Arrays;

/** How much better each answer is than its group: A_i = (r_i − mean r) / scale (arXiv 2402.03300, eq. 3). */
final class Advantages {
    private static final double SMALLEST = 1e-4; // added to the deviation, as TRL does

    private Advantages() {}

    /** @param rewards of one group */
    static double[] of(double[] rewards, PolicySettings.Scale scale) {
        double mean = Arrays.stream(rewards).average().orElse(0);
        double divisor = switch (scale) {
            case GROUP_DEVIATION -> deviation(rewards, mean) + SMALLEST;
            case NONE -> 1;
        };
        return Arrays.stream(rewards).map(reward -> (reward - mean) / divisor).toArray();
    }

    private static double deviation(double[] rewards, double mean) {
        double squares =
                Arrays.stream(rewards).map(r -> (r - mean) * (r - mean)).sum();
        return Math.sqrt(squares / (rewards.length - 1));
    }
}
