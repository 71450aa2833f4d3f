package plumb.statistics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import plumb.statistics.ClusteredRate.Count;

final class ClusteredRateTest {

    /**
     * Expected: statsmodels 0.15.0, OLS of the answers on a constant with cov_type="cluster"; interval:
     * proportion_confint(p * n_eff, n_eff, method="wilson") with n_eff = p (1 - p) / se^2.
     */
    @Test
    void standardErrorIsTheClusterRobustOneOfStatsmodels() {
        var rate = ClusteredRate.of(List.of(
                new Count(10, 10),
                new Count(0, 10),
                new Count(3, 10),
                new Count(7, 10),
                new Count(0, 8),
                new Count(1, 5)));

        assertThat(rate.value()).isCloseTo(0.3962264151, within(1e-9));
        assertThat(rate.standardError()).isCloseTo(0.1769782034, within(1e-9));
        assertThat(rate.effectiveN()).isCloseTo(7.6379703812, within(1e-8));
        assertThat(rate.interval().low()).isCloseTo(0.1458884026, within(1e-9));
        assertThat(rate.interval().high()).isCloseTo(0.7160176985, within(1e-9));
    }

    @Test
    void clustersOfOneAnswerAreIndependentAnswers() {
        var counts = new ArrayList<>(Collections.nCopies(30, new Count(1, 1)));
        counts.addAll(Collections.nCopies(70, new Count(0, 1)));

        var rate = ClusteredRate.of(counts);

        // by hand: sqrt(0.3 * 0.7 / 99)
        assertThat(rate.standardError()).isCloseTo(0.0460566186, within(1e-9));
        assertThat(rate.effectiveN()).isCloseTo(99, within(1e-6));
    }

    @Test
    void answersThatAgreeWithinQuestionsCountOncePerQuestion() {
        var counts = new ArrayList<>(Collections.nCopies(5, new Count(100, 100)));
        counts.addAll(Collections.nCopies(5, new Count(0, 100)));

        assertThat(ClusteredRate.of(counts).effectiveN()).isCloseTo(9, within(1e-9));
    }

    @Test
    void nothingThatHappenedIsStillUncertain() {
        var rate = ClusteredRate.of(Collections.nCopies(4, new Count(0, 100)));

        assertThat(rate.value()).isZero();
        assertThat(rate.interval().high()).isCloseTo(0.0095122943, within(1e-9));
    }

    @Test
    void withoutTrialsThereIsNoRate() {
        var rate = ClusteredRate.of(List.of(new Count(0, 0)));

        assertThat(rate.value()).isNaN();
        assertThat(rate.interval()).isEqualTo(new Interval(0, 1));
    }

    @Test
    void moreHitsThanTrialsAreRefused() {
        assertThatThrownBy(() -> new Count(3, 2)).hasMessageContaining("3.0 hits among 2 trials");
    }

    @Property
    void intervalHoldsTheRateAndIsNeverNarrowerThanThatOfIndependentAnswers(@ForAll("counts") List<Count> counts) {
        var rate = ClusteredRate.of(counts);
        var independent = Interval.wilson(rate.value(), rate.n(), Interval.Z95);

        assertThat(rate.interval().contains(rate.value())).isTrue();
        assertThat(rate.interval().low()).isBetween(0.0, 1.0);
        assertThat(rate.interval().high()).isBetween(0.0, 1.0);
        assertThat(rate.interval().width()).isGreaterThanOrEqualTo(independent.width() - 1e-12);
    }

    @Property
    void moreQuestionsOfTheSameKindNarrowTheInterval(@ForAll("counts") List<Count> counts) {
        var more = new ArrayList<Count>();
        for (int i = 0; i < 4; i++) {
            more.addAll(counts);
        }

        assertThat(ClusteredRate.of(more).interval().width())
                .isLessThan(ClusteredRate.of(counts).interval().width());
    }

    /** Questions differ (beta(1, 4): mean 0.2, intraclass correlation 1/6); 40 questions of 25 answers. */
    @Test
    void intervalCoversTheTrueRateWhereTheOneForIndependentAnswersDoesNot() {
        var random = new Random(7);
        int clustered = 0;
        int independent = 0;
        int worlds = 1000;
        for (int world = 0; world < worlds; world++) {
            var rate = ClusteredRate.of(
                    random.doubles(40).mapToObj(u -> question(u, random)).toList());
            clustered += rate.interval().contains(0.2) ? 1 : 0;
            independent += Interval.wilson(rate.value(), rate.n(), Interval.Z95).contains(0.2) ? 1 : 0;
        }

        assertThat(clustered / (double) worlds).isBetween(0.92, 0.98);
        assertThat(independent / (double) worlds).isLessThan(0.7);
    }

    private static Count question(double uniform, Random random) {
        double p = 1 - Math.pow(uniform, 0.25);
        return new Count((int) random.doubles(25).filter(d -> d < p).count(), 25);
    }

    @Provide
    Arbitrary<List<Count>> counts() {
        var trials = Arbitraries.integers().between(1, 50);
        var shares = Arbitraries.doubles().between(0, 1);
        return Combinators.combine(trials, shares)
                .as((n, share) -> new Count((int) Math.round(share * n), n))
                .list()
                .ofMinSize(2)
                .ofMaxSize(30);
    }
}
