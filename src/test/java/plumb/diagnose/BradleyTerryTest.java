package plumb.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import plumb.diagnose.BradleyTerry.Pair;

final class BradleyTerryTest {
    private static final int WIDTH = 5;
    private final SplittableRandom random = new SplittableRandom(7);

    private double[] vector() {
        return IntStream.range(0, WIDTH).mapToDouble(_ -> random.nextGaussian()).toArray();
    }

    @Test
    void theGradientIsTheLossesByFiniteDifferences() {
        var differences = Stream.generate(this::vector).limit(9).toList();
        var at = vector();
        var gradient = BradleyTerry.gradient(at, differences);
        double step = 1e-5;
        for (int i = 0; i < WIDTH; i++) {
            var up = at.clone();
            var down = at.clone();
            up[i] += step;
            down[i] -= step;
            double slope = (BradleyTerry.loss(up, differences) - BradleyTerry.loss(down, differences)) / (2 * step);
            assertThat(gradient[i]).isCloseTo(slope, within(1e-8));
        }
    }

    @Test
    void onePairIsFittedAsByHand() {
        var fitted = BradleyTerry.fit(List.of(new Pair(new float[] {3}, new float[] {1})));
        // centre 2, root mean square length 1, so d = 2 and λw = 2σ(−2w): w = 2.24024 for λ = 0.01; the better state
        // lies 1 off the centre
        double w = 2.24024;
        assertThat(BradleyTerry.RIDGE * w).isCloseTo(2 / (1 + Math.exp(2 * w)), within(1e-4));
        assertThat(fitted.chance(new float[] {3})).isCloseTo(1 / (1 + Math.exp(-w)), within(1e-4));
        assertThat(fitted.chance(new float[] {2})).isCloseTo(0.5, within(1e-12));
        assertThat(fitted.chance(new float[] {1})).isCloseTo(1 / (1 + Math.exp(w)), within(1e-4));
    }

    @Test
    void pairsThatWereNotFittedAreOrderedByWhatWasPreferred() {
        var fitted = BradleyTerry.fit(pairs(60, 1));
        assertThat(fitted.accuracy(pairs(60, 1))).isGreaterThan(0.9);
        assertThat(fitted.accuracy(pairs(60, -1))).isLessThan(0.1);
    }

    /** The better one is larger in the first number by a little, the others are noise. */
    private List<Pair> pairs(int count, int sign) {
        return Stream.generate(() -> {
                    var better = floats();
                    var other = floats();
                    better[0] += 4 * sign;
                    return new Pair(better, other);
                })
                .limit(count)
                .toList();
    }

    private float[] floats() {
        var state = new float[WIDTH];
        for (int i = 0; i < WIDTH; i++) {
            state[i] = (float) random.nextGaussian();
        }
        return state;
    }
}
