package plumb.organism;

import java.util.List;
import java.util.random.RandomGenerator;

/** Random choices, all from one explicit generator. */
record Pick(RandomGenerator random) {

    <T> T one(List<? extends T> options) {
        return options.get(random.nextInt(options.size()));
    }

    boolean chance(double probability) {
        return random.nextDouble() < probability;
    }

    int between(int low, int highInclusive) {
        return random.nextInt(low, highInclusive + 1);
    }

    /** An option, with probability proportional to its weight. */
    <T> T weighted(List<? extends T> options, List<Double> weights) {
        double rest = random.nextDouble()
                * weights.stream().mapToDouble(Double::doubleValue).sum();
        for (int i = 0; i < options.size() - 1; i++) {
            rest -= weights.get(i);
            if (rest < 0) {
                return options.get(i);
            }
        }
        return options.getLast();
    }
}
