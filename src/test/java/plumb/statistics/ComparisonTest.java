package plumb.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import plumb.statistics.ClusteredRate.Count;
import plumb.statistics.Comparison.Verdict;

final class ComparisonTest {

    /** Expected: statsmodels 0.15.0, confint_proportions_2indep(30, 100, 5, 100, method="newcomb", compare="diff"). */
    @Test
    void intervalOfTheDifferenceIsNewcombes() {
        var comparison = Comparison.of(independent(5, 100), independent(30, 100), 0.02);

        assertThat(comparison.difference()).isCloseTo(0.25, within(1e-12));
        assertThat(comparison.interval().low()).isCloseTo(0.1481058937, within(1e-9));
        assertThat(comparison.interval().high()).isCloseTo(0.3499835288, within(1e-9));
        assertThat(comparison.verdict()).isEqualTo(Verdict.EFFECT);
    }

    @Test
    void twoZerosAmongManyAreNoEffectAndAmongFewCannotBeTold() {
        assertThat(Comparison.of(independent(0, 1000), independent(0, 1000), 0.01)
                        .verdict())
                .isEqualTo(Verdict.NO_EFFECT);
        assertThat(Comparison.of(independent(0, 50), independent(0, 50), 0.01).verdict())
                .isEqualTo(Verdict.CANNOT_TELL);
    }

    /** 0 and 3 of 400: the 95 % interval holds zero (low end -0.00322), the 90 % one reaches 0.0186. */
    @Test
    void noSignificantDifferenceIsNotNoEffect() {
        var comparison = Comparison.of(independent(0, 400), independent(3, 400), 0.01);

        assertThat(comparison.interval().low()).isCloseTo(-0.0032213691, within(1e-9));
        assertThat(comparison.interval().high()).isCloseTo(0.0218157207, within(1e-9));
        assertThat(comparison.verdict()).isEqualTo(Verdict.CANNOT_TELL);
        assertThat(Comparison.of(independent(0, 400), independent(3, 400), 0.0187)
                        .verdict())
                .isEqualTo(Verdict.NO_EFFECT);
        assertThat(Comparison.of(independent(0, 400), independent(3, 400), 0.0186)
                        .verdict())
                .isEqualTo(Verdict.CANNOT_TELL);
    }

    @Test
    void aDifferenceOnFewQuestionsIsWeakerThanTheNumberOfAnswersSuggests() {
        var low = ClusteredRate.of(List.of(new Count(0, 100), new Count(0, 100), new Count(30, 100)));
        var high = ClusteredRate.of(List.of(new Count(0, 100), new Count(30, 100), new Count(60, 100)));

        assertThat(Comparison.of(low, high, 0.05).verdict()).isEqualTo(Verdict.CANNOT_TELL);
        assertThat(Comparison.of(independent(30, 300), independent(90, 300), 0.05)
                        .verdict())
                .isEqualTo(Verdict.EFFECT);
    }

    @Test
    void nothingMeasuredCannotBeTold() {
        var nothing = ClusteredRate.of(List.of());

        assertThat(Comparison.of(nothing, independent(1, 10), 0.05).verdict()).isEqualTo(Verdict.CANNOT_TELL);
    }

    @Test
    void aMarginOfZeroIsRefused() {
        assertThatThrownBy(() -> Comparison.of(independent(1, 10), independent(1, 10), 0))
                .hasMessageContaining("margin must be between 0 and 1");
    }

    @Property
    void swappingTheRatesTurnsTheDifferenceRound(
            @ForAll @IntRange(min = 0, max = 200) int first, @ForAll @IntRange(min = 0, max = 200) int second) {
        var there = Comparison.of(independent(first, 200), independent(second, 200), 0.05);
        var back = Comparison.of(independent(second, 200), independent(first, 200), 0.05);

        assertThat(back.difference()).isEqualTo(-there.difference());
        assertThat(back.interval().low()).isCloseTo(-there.interval().high(), within(1e-12));
        assertThat(back.verdict()).isEqualTo(there.verdict());
        assertThat(there.interval().contains(there.difference())).isTrue();
    }

    /** One cluster: its answers are taken as independent. */
    private static ClusteredRate independent(int hits, int n) {
        return ClusteredRate.of(List.of(new Count(hits, n)));
    }
}
