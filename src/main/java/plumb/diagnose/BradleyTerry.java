package plumb.diagnose;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What is preferred to what, read off states: P(a before b) = σ(w · (a − b)) (Bradley and Terry 1952, the model behind preference
 * rewards, e.g. arXiv 2203.02155 eq. 1), with w = argmin mean −log σ(w · (a − b)) + λ/2 ‖w‖². Differently from there, only w is
 * fitted: the states stay those of the model as it is. States are first centred and divided by their root mean square length.
 */
public final class BradleyTerry {
    static final double RIDGE = 0.01;
    private static final int STEPS = 2000; // the slowest direction shrinks by 1 − λ/L a step, with L about 1

    private final double[] centre; // [width]
    private final double length;
    private final double[] weights; // [width]

    private BradleyTerry(double[] centre, double length, double[] weights) {
        this.centre = centre;
        this.length = length;
        this.weights = weights;
    }

    /**
     * Two states, the better one first.
     *
     * @param preferred [width]
     * @param other [width]
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers on their way into sums
    public record Pair(float[] preferred, float[] other) {}

    /** Fits w by gradient descent from 0; the loss is convex, and the same pairs give the same w. */
    public static BradleyTerry fit(List<Pair> pairs) {
        var states = pairs.stream()
                .flatMap(pair -> List.of(pair.preferred(), pair.other()).stream())
                .toList();
        var centre = mean(states);
        double squares = states.stream()
                .mapToDouble(state -> product(minus(state, centre), minus(state, centre)))
                .sum();
        double length = Math.sqrt(squares / states.size());
        var differences = pairs.stream()
                .map(pair -> scaled(minus(minus(pair.preferred(), centre), minus(pair.other(), centre)), 1 / length))
                .toList();
        return new BradleyTerry(centre, length, descended(differences));
    }

    private static double[] descended(List<double[]> differences) {
        double steepest =
                differences.stream().mapToDouble(d -> product(d, d)).max().orElse(0);
        var weights = new double[differences.getFirst().length];
        for (int step = 0; step < STEPS; step++) {
            weights = minus(weights, scaled(gradient(weights, differences), 1 / (steepest / 4 + RIDGE)));
        }
        return weights;
    }

    /** mean −log σ(w · d) + λ/2 ‖w‖² over the differences d. */
    static double loss(double[] weights, List<double[]> differences) {
        return differences.stream()
                        .mapToDouble(d -> Math.log1p(Math.exp(-product(weights, d))))
                        .average()
                        .orElse(0)
                + RIDGE / 2 * product(weights, weights);
    }

    /** The derivative of {@link #loss} in w. */
    static double[] gradient(double[] weights, List<double[]> differences) {
        var gradient = scaled(weights, RIDGE);
        for (var d : differences) {
            double wrong = chance(-product(weights, d)) / differences.size();
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] -= wrong * d[i];
            }
        }
        return gradient;
    }

    /** The probability that this state is preferred to the mean of those that were fitted. */
    public double chance(float[] state) {
        return chance(product(weights, minus(state, centre)) / length);
    }

    /** The share of these pairs whose better state has the higher chance. */
    public double accuracy(List<Pair> pairs) {
        return pairs.stream()
                .mapToDouble(pair -> chance(pair.preferred()) > chance(pair.other()) ? 1 : 0)
                .average()
                .orElse(Double.NaN);
    }

    private static double chance(double score) {
        return 1 / (1 + Math.exp(-score));
    }

    private static double[] mean(List<float[]> states) {
        return IntStream.range(0, states.getFirst().length)
                .mapToDouble(i ->
                        states.stream().mapToDouble(state -> state[i]).average().orElse(0))
                .toArray();
    }

    private static double[] minus(float[] a, double[] b) {
        return IntStream.range(0, b.length).mapToDouble(i -> a[i] - b[i]).toArray();
    }

    private static double[] minus(double[] a, double[] b) {
        return IntStream.range(0, b.length).mapToDouble(i -> a[i] - b[i]).toArray();
    }

    private static double[] scaled(double[] a, double scale) {
        return Arrays.stream(a).map(value -> scale * value).toArray();
    }

    private static double product(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
