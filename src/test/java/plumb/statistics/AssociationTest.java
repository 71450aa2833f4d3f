package plumb.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Against values worked out by hand. */
final class AssociationTest {
    private static final double[] X = {1, 2, 3, 4, 5, 5};
    private static final double[] Y = {2, 1, 4, 3, 7, 6};

    @Test
    void pearsonIsTheCorrelation() {
        assertThat(Association.pearson(X, Y)).isCloseTo(0.8635, within(1e-4));
        assertThat(Association.pearson(X, new double[] {3, 3, 3, 3, 3, 3})).isNaN();
    }

    @Test
    void spearmanIsThatOfRanksAndTiesShareTheirs() {
        assertThat(Association.spearman(X, new double[] {1, 8, 27, 64, 125, 125}))
                .isCloseTo(1, within(1e-12));
        assertThat(Association.spearman(new double[] {1, 2, 3, 4}, new double[] {1, 3, 2, 4}))
                .isCloseTo(0.8, within(1e-12)); // 1 - 6·2 / (4·15)
    }

    @Test
    void aurocCountsPairsInOrderAndTiesHalf() {
        var positive = new boolean[] {false, false, true, true};
        assertThat(Association.auroc(new double[] {0.1, 0.4, 0.35, 0.8}, positive))
                .isCloseTo(0.75, within(1e-12));
        assertThat(Association.auroc(new double[] {1, 1, 1, 1}, positive)).isCloseTo(0.5, within(1e-12));
        assertThat(Association.auroc(new double[] {1, 2}, new boolean[] {true, true}))
                .isNaN();
    }

    @Test
    void kappaIsAgreementBeyondChance() {
        // 20 both, 5 and 10 one alone, 15 neither: (0.7 - 0.5) / (1 - 0.5)
        var a = new boolean[50];
        var b = new boolean[50];
        for (int i = 0; i < 50; i++) {
            a[i] = i < 25;
            b[i] = i < 20 || (i >= 25 && i < 35);
        }
        assertThat(Association.kappa(a, b)).isCloseTo(0.4, within(1e-12));
        assertThat(Association.kappa(new boolean[3], new boolean[3])).isNaN();
    }

    @Test
    void theBootstrapCoversTheMeanOfItsItems() {
        var values = new java.util.SplittableRandom(1).doubles(400).toArray();
        var estimate = Estimate.bootstrap(
                400,
                drawn -> java.util.Arrays.stream(drawn)
                        .mapToDouble(i -> values[i])
                        .average()
                        .orElse(Double.NaN));

        double error = Math.sqrt(1 / 12.0 / 400);
        assertThat(estimate.low()).isCloseTo(estimate.value() - 1.96 * error, within(0.006));
        assertThat(estimate.high()).isCloseTo(estimate.value() + 1.96 * error, within(0.006));
        assertThat(Estimate.bootstrap(5, _ -> Double.NaN).value()).isNaN();
    }
}
