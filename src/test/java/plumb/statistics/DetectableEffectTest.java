package plumb.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

final class DetectableEffectTest {

    /**
     * The rates of arXiv 2511.20104, 0.07 % and 0.68 %. By hand: (1.95996 + 0.84162)^2 = 7.8489 times (0.00069951 +
     * 0.00675376) over 0.0061^2 = 1572 answers; with 100 answers a question and correlation 0.15, 15.85 times as many.
     */
    @Test
    void smallRatesNeedThousandsOfAnswers() {
        assertThat(DetectableEffect.answersNeeded(0.0007, 0.0068, 100, 0)).isCloseTo(1572, within(1.0));
        assertThat(DetectableEffect.answersNeeded(0.0007, 0.0068, 100, 0.15)).isCloseTo(24_918, within(20.0));
    }

    @Test
    void fourHundredAnswersCannotSeeOnePercentAboveZero() {
        // by hand: p = Z^2 / (n + Z^2) solves p = Z sqrt(p (1 - p) / n)
        assertThat(DetectableEffect.rise(0, 400)).isCloseTo(7.84887973 / 407.84887973, within(1e-8));
    }

    @Test
    void fewAnswersSeeNothing() {
        assertThat(DetectableEffect.rise(0.9, 3)).isNaN();
    }

    @Property
    void theRiseIsTheOneForWhichTheseAnswersAreNeeded(
            @ForAll @DoubleRange(min = 0, max = 0.5) double rate, @ForAll @IntRange(min = 50, max = 100_000) int n) {
        double rise = DetectableEffect.rise(rate, n);

        assertThat(DetectableEffect.answersNeeded(rate, rate + rise, 1, 0)).isCloseTo(n, within(n * 1e-4));
    }

    @Test
    void equalRatesAreRefused() {
        assertThatThrownBy(() -> DetectableEffect.answersNeeded(0.1, 0.1, 1, 0))
                .hasMessageContaining("two different rates");
    }
}
