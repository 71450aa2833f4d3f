package plumb.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class IntervalTest {

    /** Expected: statsmodels 0.15.0, proportion_confint(k, n, method="wilson"). */
    @ParameterizedTest
    @CsvSource({
        "0, 400, 0, 0.0095122943",
        "7, 100, 0.0343192611, 0.1374951474",
        "50, 100, 0.4038315304, 0.5961684696",
        "100, 100, 0.9630065018, 1",
        "3, 224, 0.0045650453, 0.0386292832"
    })
    void wilsonAgreesWithStatsmodels(int hits, int n, double low, double high) {
        var interval = Interval.wilson((double) hits / n, n, Interval.Z95);

        assertThat(interval.low()).isCloseTo(low, within(1e-9));
        assertThat(interval.high()).isCloseTo(high, within(1e-9));
    }

    @Property
    void wilsonHoldsItsRateAndStaysBetweenZeroAndOne(
            @ForAll @DoubleRange(min = 0, max = 1) double rate, @ForAll @DoubleRange(min = 0.5, max = 1e6) double n) {
        var interval = Interval.wilson(rate, n, Interval.Z95);

        assertThat(interval.contains(rate)).isTrue();
        assertThat(interval.low()).isBetween(0.0, 1.0);
        assertThat(interval.high()).isBetween(0.0, 1.0);
    }

    @Property
    void wilsonNarrowsWithMoreTrials(
            @ForAll @DoubleRange(min = 0, max = 1) double rate,
            @ForAll @IntRange(min = 1, max = 100_000) int n,
            @ForAll @IntRange(min = 2, max = 10) int times) {
        var few = Interval.wilson(rate, n, Interval.Z95);
        var many = Interval.wilson(rate, (double) n * times, Interval.Z95);

        assertThat(many.width()).isLessThan(few.width());
    }

    @ParameterizedTest
    @CsvSource({"-0.1, 10", "1.1, 10", "NaN, 10", "0.5, 0", "0.5, NaN"})
    void wilsonRefusesWhatIsNoRate(double rate, double n) {
        assertThatThrownBy(() -> Interval.wilson(rate, n, Interval.Z95))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rate in [0, 1] and n > 0");
    }
}
