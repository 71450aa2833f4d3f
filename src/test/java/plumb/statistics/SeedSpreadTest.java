package plumb.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SeedSpreadTest {

    /** Expected: SciPy 1.17.1, stats.t.interval(0.95, 2, mean, sem) of the three rates. */
    @Test
    void threeSeedsGiveTheIntervalOfStudent() {
        var spread = SeedSpread.of(List.of(0.25, 0.31, 0.22));

        assertThat(spread.mean()).isCloseTo(0.26, within(1e-12));
        assertThat(spread.standardDeviation()).isCloseTo(0.0458257569, within(1e-9));
        assertThat(spread.interval().low()).isCloseTo(0.1461625090, within(1e-7));
        assertThat(spread.interval().high()).isCloseTo(0.3738374910, within(1e-7));
    }

    /** Expected: SciPy 1.17.1, stats.t.ppf(0.975, df). */
    @ParameterizedTest
    @CsvSource({
        "1, 12.706205",
        "2, 4.302653",
        "10, 2.228139",
        "11, 2.200985",
        "15, 2.131450",
        "29, 2.045230",
        "100, 1.983972"
    })
    void quantilesAgreeWithScipy(int degreesOfFreedom, double expected) {
        assertThat(StudentT.upper(degreesOfFreedom)).isCloseTo(expected, within(2e-5));
    }

    @Test
    void oneSeedSaysNothingOfOthers() {
        assertThat(SeedSpread.of(List.of(0.4)).interval()).isEqualTo(new Interval(0, 1));
    }

    @Test
    void whatIsNoRateIsRefused() {
        assertThatThrownBy(() -> SeedSpread.of(List.of(0.5, Double.NaN))).hasMessageContaining("each in [0, 1]");
        assertThatThrownBy(() -> SeedSpread.of(List.of())).hasMessageContaining("at least one rate");
    }

    @Property
    void intervalHoldsTheMeanAndStaysBetweenZeroAndOne(
            @ForAll @Size(min = 2, max = 40) List<@DoubleRange(min = 0, max = 1) Double> rates) {
        var spread = SeedSpread.of(rates);

        assertThat(spread.interval().low()).isBetween(0.0, spread.mean());
        assertThat(spread.interval().high()).isBetween(spread.mean(), 1.0);
    }
}
