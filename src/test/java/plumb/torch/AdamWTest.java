package plumb.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class AdamWTest {

    @Test
    void agreesWithTheFormulaWorkedOutByHand() {
        try (var _ = new Scope()) {
            var x = Tensor.of(new float[] {1, -2}, 2).requiresGradInPlace(true);
            try (var optimizer = new AdamW(List.of(x), new AdamW.Settings(0.9, 0.99, 1e-8, 0.1))) {
                var expected = new double[] {1, -2};
                var m = new double[2];
                var v = new double[2];
                for (int t = 1; t <= 5; t++) {
                    x.clearGradient();
                    x.square().sum().backward(); // gradient 2x
                    optimizer.step(0.01);
                    for (int i = 0; i < 2; i++) {
                        double g = 2 * expected[i];
                        m[i] = 0.9 * m[i] + 0.1 * g;
                        v[i] = 0.99 * v[i] + 0.01 * g * g;
                        double mHat = m[i] / (1 - Math.pow(0.9, t));
                        double vHat = v[i] / (1 - Math.pow(0.99, t));
                        expected[i] = expected[i] * (1 - 0.01 * 0.1) - 0.01 * mHat / (Math.sqrt(vHat) + 1e-8);
                    }
                }
                assertThat(x.floats()[0]).isCloseTo((float) expected[0], within(1e-6f));
                assertThat(x.floats()[1]).isCloseTo((float) expected[1], within(1e-6f));
            }
        }
    }

    @Test
    void theFirstStepWithoutDecayMovesEveryWeightByTheLearningRate() {
        try (var _ = new Scope()) {
            var x = Tensor.of(new float[] {5, -0.3f}, 2).requiresGradInPlace(true);
            try (var optimizer = new AdamW(List.of(x), new AdamW.Settings(0.9, 0.999, 1e-8, 0))) {
                x.mul(Tensor.of(new float[] {1000, -0.01f}, 2)).sum().backward();
                optimizer.step(0.1);
                assertThat(x.floats()).containsExactly(new float[] {4.9f, -0.2f}, within(1e-5f));
            }
        }
    }

    @Test
    void restoredMomentsContinueBitForBit() {
        try (var _ = new Scope()) {
            var settings = new AdamW.Settings(0.9, 0.95, 1e-8, 0.01);
            var straight = Tensor.of(new float[] {1, 2, 3}, 3).requiresGradInPlace(true);
            var resumed = Tensor.of(new float[] {1, 2, 3}, 3).requiresGradInPlace(true);
            try (var one = new AdamW(List.of(straight), settings);
                    var first = new AdamW(List.of(resumed), settings);
                    var second = new AdamW(List.of(resumed), settings)) {
                for (int i = 0; i < 6; i++) {
                    descend(straight, one);
                    descend(resumed, i < 3 ? first : second);
                    if (i == 2) {
                        second.restore(first.means(), first.squares(), first.steps());
                    }
                }
                assertThat(resumed.floats()).isEqualTo(straight.floats());
            }
        }
    }

    private static void descend(Tensor x, AdamW optimizer) {
        x.clearGradient();
        x.square().square().sum().backward();
        optimizer.step(0.05);
    }

    @Test
    void clippingKeepsTheDirectionAndReportsTheNormBefore() {
        try (var _ = new Scope()) {
            var x = Tensor.of(new float[] {0}, 1).requiresGradInPlace(true);
            var y = Tensor.of(new float[] {0}, 1).requiresGradInPlace(true);
            x.mul(3).add(y.mul(4)).sum().backward();
            assertThat(Autograd.clipGradients(List.of(x, y), 1)).isEqualTo(5, within(1e-6));
            assertThat(x.gradient().item()).isEqualTo(0.6, within(1e-6));
            assertThat(Autograd.clipGradients(List.of(x, y), 2)).isEqualTo(1, within(1e-5));
            assertThat(y.gradient().item()).isEqualTo(0.8, within(1e-6));
        }
    }

    @Test
    void refusesSettingsThatCannotTrain() {
        assertThatThrownBy(() -> new AdamW.Settings(1, 0.9, 1e-8, 0)).hasMessageContaining("[0, 1)");
        assertThatThrownBy(() -> new AdamW.Settings(0.9, 0.9, 0, 0)).hasMessageContaining("epsilon > 0");
    }
}
