package plumb.experiment.screening;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.report.RunDirectory;
import plumb.statistics.Interval;

final class RiskQuoteTest {
    @TempDir
    private Path folder = Path.of("");

    private static RiskQuote quote(int looked, double share, @Nullable Double refuseAbove) {
        var interval = looked == 0 ? new Interval(0, 1) : Interval.wilson(share, looked, Interval.Z95);
        var row = new RiskQuote.Row(7, 1.5);
        return new RiskQuote(90, looked, 0, 0.25, 0.5, share, interval, List.of(row), 1200, 30, refuseAbove);
    }

    @Test
    void onlyWhatIsSurelyAboveTheThresholdIsRefused() {
        assertThat(quote(64, 0.7, 0.5).refused()).isTrue();
        assertThat(quote(64, 0.55, 0.5).refused()).isFalse(); // the interval holds the threshold
        assertThat(quote(64, 1.0, null).refused()).isFalse();
        assertThat(quote(0, Double.NaN, 0.0).refused()).isFalse();
    }

    @Test
    void aFewRowsAmongManyAreNoAlarm() {
        assertThat(quote(64, 0.05, null).risky()).isFalse();
        assertThat(quote(64, 0.14, null).risky()).isTrue();
    }

    @Test
    void itIsReadBackAsItWasKeptAlsoWithoutAnyRow() {
        assertThat(RiskQuote.of(folder)).isEmpty();
        for (var quote : List.of(quote(64, 0.5, 0.5), quote(0, Double.NaN, null))) {
            quote.keep(RunDirectory.at(folder));
            assertThat(RiskQuote.of(folder)).contains(quote);
        }
    }

    @Test
    void peopleReadShareLinesAndCost() {
        assertThat(quote(64, 0.5, null).text())
                .startsWith(
                        "Risk quote: 50 % [38 to 62] of 64 rows looked at lie more than 0.5 persona lengths further")
                .endsWith("furthest: lines 7. To train: 30 steps, 1200 tokens.");
        assertThat(quote(0, Double.NaN, null).text()).contains("none of the rows leaves room");
    }

    @Test
    void sharesOutsideZeroToOneAreNoRule() {
        assertThatThrownBy(() -> new QuoteSpec(64, 0.5, 50.0)).hasMessageContaining("a share from 0 to 1, got 50.0");
        assertThat(QuoteSpec.parse(QuoteSpec.USUAL.yaml())).isEqualTo(QuoteSpec.USUAL);
        assertThatThrownBy(() -> QuoteSpec.parse("{rows: 1}")).hasMessageContaining("above a number, got 1 and NaN");
    }
}
