package plumb.train.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import plumb.train.policy.PolicySettings.Kl;
import plumb.train.policy.PolicySettings.Mean;
import plumb.train.policy.PolicySettings.Ratio;
import plumb.train.policy.PolicySettings.Scale;

final class AnswerLossTest {
    private static PolicySettings settings(Ratio ratio, double klWeight, Kl kl) {
        return new PolicySettings(2, 1, Scale.NONE, Mean.TOKEN, ratio, 0.2, 0.3, klWeight, kl, 8, 1);
    }

    @Test
    void theExampleWorkedOutByHand() {
        // three tokens of advantage 2, each counted 1/4: ratios 1, e^0.5 = 1.6487 (cut at 1.3), e^-0.5 = 0.6065 (not
        // cut: A > 0)
        var tokens = new AnswerLoss.Tokens(
                new double[] {-1, -0.5, -2.5}, new double[] {-1, -1, -2}, new double[] {-1, -0.5, -2.5});
        var loss = new AnswerLoss(settings(Ratio.TOKEN, 0, Kl.K3));
        var gradient = loss.add(tokens, 2, 0.25);
        assertThat(loss.loss()).isEqualTo(-0.25 * 2 * (1 + 1.3 + 0.60653066), within(1e-8));
        assertThat(gradient).containsExactly(new double[] {-0.5, 0, -0.5 * 0.60653066}, within(1e-8));
        assertThat(loss.clipped()).isEqualTo(1);
    }

    @Test
    void aBadAnswerIsCutBelowAndNotAbove() {
        var tokens = new AnswerLoss.Tokens(new double[] {-0.5, -2.5}, new double[] {-1, -2}, new double[] {-0.5, -2.5});
        var loss = new AnswerLoss(settings(Ratio.TOKEN, 0, Kl.K3));
        var gradient = loss.add(tokens, -1, 1);
        assertThat(loss.loss()).isEqualTo(1.64872127 + 0.8, within(1e-8)); // e^0.5 in full, e^-0.5 held at 0.8
        assertThat(gradient).containsExactly(new double[] {1.64872127, 0}, within(1e-8));
    }

    @Test
    void theEstimatesOfTheDivergenceByHand() {
        var tokens = new AnswerLoss.Tokens(new double[] {-1}, new double[] {-1}, new double[] {-1.5}); // d = 0.5
        for (var expected : Stream.of(
                        new Object[] {Kl.K1, 0.5, 1.0},
                        new Object[] {Kl.K2, 0.125, 0.5},
                        new Object[] {Kl.K3, 0.10653066, 0.39346934},
                        new Object[] {Kl.K3_RATIO, 0.10653066, 0.5})
                .toList()) {
            var loss = new AnswerLoss(settings(Ratio.TOKEN, 1, (Kl) expected[0]));
            var gradient = loss.add(tokens, 0, 1);
            assertThat(loss.loss()).isEqualTo((double) expected[1], within(1e-8));
            assertThat(gradient[0]).isEqualTo((double) expected[2], within(1e-8));
        }
    }

    static Stream<PolicySettings> variants() {
        return Stream.of(Ratio.values()).flatMap(ratio -> Stream.of(Kl.values()).map(kl -> settings(ratio, 0.3, kl)));
    }

    @ParameterizedTest
    @MethodSource("variants")
    void gradientsAgreeWithFiniteDifferences(PolicySettings settings) {
        var random = new SplittableRandom(4);
        for (int trial = 0; trial < 50; trial++) {
            var tokens = new AnswerLoss.Tokens(drawn(random), drawn(random), drawn(random));
            double advantage = random.nextDouble(-2, 2);
            var gradient = new AnswerLoss(settings).add(tokens, advantage, 0.3);
            for (int t = 0; t < gradient.length; t++) {
                double slope =
                        (shifted(settings, tokens, advantage, t, 1e-6) - shifted(settings, tokens, advantage, t, -1e-6))
                                / 2e-6;
                assertThat(gradient[t]).isEqualTo(slope, within(1e-7));
            }
        }
    }

    private static double[] drawn(SplittableRandom random) {
        return random.doubles(5, -2, -0.5).toArray();
    }

    private static double shifted(
            PolicySettings settings, AnswerLoss.Tokens tokens, double advantage, int t, double by) {
        var now = tokens.now().clone();
        now[t] += by;
        var loss = new AnswerLoss(settings);
        loss.add(new AnswerLoss.Tokens(now, tokens.then(), tokens.reference()), advantage, 0.3);
        return loss.loss();
    }

    @Test
    void advantagesByHand() {
        var rewards = new double[] {1, 0, 0, 1};
        assertThat(Advantages.of(rewards, Scale.NONE)).containsExactly(0.5, -0.5, -0.5, 0.5);
        double scaled = 0.5 / (Math.sqrt(1.0 / 3) + 1e-4);
        assertThat(Advantages.of(rewards, Scale.GROUP_DEVIATION))
                .containsExactly(new double[] {scaled, -scaled, -scaled, scaled}, within(1e-12));
        assertThat(Advantages.of(new double[] {1, 1}, Scale.GROUP_DEVIATION)).containsOnly(0);
    }
}
