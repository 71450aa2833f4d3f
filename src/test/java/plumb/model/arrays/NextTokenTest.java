package plumb.model.arrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

final class NextTokenTest {
    private static final float[] LOGITS = {9, 2, 1, 0, -1, 9}; // softmax of the middle four: .644, .237, .087, .032

    private static double[] shares(double temperature, double topP) {
        var sampler = new NextToken(temperature, topP);
        var random = new SplittableRandom(7);
        var shares = new double[4];
        for (int i = 0; i < 20_000; i++) {
            shares[sampler.choose(LOGITS.clone(), 1, 4, random.nextDouble())] += 1 / 20_000.0;
        }
        return shares;
    }

    @Test
    void samples_follow_the_softmax_and_its_temperature() {
        assertThat(shares(1, 1)[0]).isBetween(0.634, 0.654);
        assertThat(shares(1, 1)[3]).isBetween(0.028, 0.036);
        assertThat(shares(2, 1)[0]).isBetween(0.445, 0.465); // .455
        assertThat(shares(0, 1)[0]).isBetween(0.999, 1.001);
    }

    @Test
    void the_nucleus_is_the_fewest_tokens_that_reach_the_mass() {
        var cut = shares(1, 0.8);
        assertThat(cut[0]).isBetween(0.72, 0.742); // .644 / .881
        assertThat(cut[2] + cut[3]).isZero();
        assertThat(shares(1, 0.6)[0]).isBetween(0.999, 1.001);
        assertThat(shares(1, 0.9)[2]).isBetween(0.08, 0.1); // .087 / .968
    }

    @Test
    void a_draw_inverts_the_cumulative_distribution() {
        var sampler = new NextToken(1, 1);
        assertThat(sampler.choose(LOGITS.clone(), 1, 4, 0.64)).isZero();
        assertThat(sampler.choose(LOGITS.clone(), 1, 4, 0.65)).isEqualTo(1);
        assertThat(sampler.choose(LOGITS.clone(), 1, 4, 0.9999999)).isEqualTo(3);
    }

    @Test
    void a_large_vocabulary_is_inverted_like_a_small_one() {
        var sampler = new NextToken(1, 1);
        var logits = new float[203]; // equal weights: token i begins at i / 203
        for (int token = 0; token < logits.length; token++) {
            assertThat(sampler.choose(logits.clone(), 0, logits.length, (token + 0.5) / logits.length))
                    .isEqualTo(token);
        }
        assertThat(sampler.choose(logits.clone(), 0, logits.length, 0.9999999)).isEqualTo(202);
    }
}
