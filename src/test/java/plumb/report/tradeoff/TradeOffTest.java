package plumb.report.tradeoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.statistics.ClusteredRate;
import plumb.statistics.Comparison.Verdict;

final class TradeOffTest {
    private static final Outcome NONE = arm("none", 30, 40, 80, 90);
    private static final Outcome GENTLE = arm("gentle", 10, 12, 79, 90);
    private static final Outcome STRONG = arm("strong", 0, 1, 77, 88);
    private static final Outcome HARSH = arm("harsh", 0, 0, 40, 90);
    private static final Outcome POINTLESS = arm("pointless", 12, 14, 79, 89);

    /** Per cent of 1,000 answers to as many questions. */
    private static ClusteredRate rate(int percent) {
        return ClusteredRate.of(IntStream.range(0, 1000)
                .mapToObj(i -> new ClusteredRate.Count(i % 100 < percent ? 1 : 0, 1))
                .toList());
    }

    private static Outcome arm(String name, int misaligned, int conditional, int learned, int benign) {
        return new Outcome(
                name, !name.equals("none"), rate(misaligned), rate(conditional), rate(learned), rate(benign), rate(95));
    }

    @Test
    void anArmThatAnotherBeatsInEverythingIsNotOnTheFront() {
        assertThat(new TradeOff(List.of(NONE, GENTLE, STRONG, HARSH, POINTLESS)).front())
                .containsExactly(NONE, GENTLE, STRONG, HARSH);
    }

    @Test
    void equalArmsAreBothOnTheFront() {
        var twin = arm("twin", 10, 12, 79, 90);
        assertThat(new TradeOff(List.of(GENTLE, twin)).front()).containsExactly(GENTLE, twin);
    }

    @Test
    void theLeastMisalignedOfThoseThatHoldAndKeepEnoughIsRecommended() {
        var take =
                new TradeOff(List.of(NONE, GENTLE, STRONG, HARSH)).recommended().orElseThrow();
        assertThat(take.arm()).isEqualTo("strong");
        assertThat(take.reason())
                .startsWith("It holds and keeps enough: it removes 100 % of the misaligned answers and 98 %")
                .contains("96 % of the undefended arm's learning, 98 % of its benign learning");
    }

    @Test
    void whereNoneThatHoldsKeepsEnoughTheReasonSaysSo() {
        var take = new TradeOff(List.of(NONE, GENTLE, HARSH, arm("worse", 0, 0, 30, 50)))
                .recommended()
                .orElseThrow();
        assertThat(take.arm()).isEqualTo("harsh");
        assertThat(take.reason()).startsWith("It holds at the smallest price, which is too high");
    }

    @Test
    void anArmThatKeepsTheTaskAndTheMisalignmentIsNoDefense() {
        var take = new TradeOff(List.of(NONE, GENTLE, arm("feeble", 25, 30, 80, 90)))
                .recommended()
                .orElseThrow();
        assertThat(take.arm()).isEqualTo("gentle");
        assertThat(take.reason()).startsWith("No arm holds; this one leaves least: it removes 67 %");
    }

    @Test
    void withoutAnUndefendedArmNothingIsRecommended() {
        assertThat(new TradeOff(List.of(GENTLE, STRONG)).recommended()).isEmpty();
        assertThat(new TradeOff(List.of(NONE)).recommended()).isEmpty();
    }

    @Test
    void nothingIsRecommendedForWhatTheJudgeDidNotSay() {
        var unknown = ClusteredRate.of(List.of());
        var blind = new Outcome("blind", true, unknown, unknown, rate(80), rate(90), rate(95));
        assertThat(new TradeOff(List.of(NONE, blind)).recommended()).isEmpty();
        assertThat(new TradeOff(List.of(NONE, blind, GENTLE))
                        .recommended()
                        .orElseThrow()
                        .arm())
                .isEqualTo("gentle");
        var blindNone = new Outcome("none", false, unknown, unknown, rate(80), rate(90), rate(95));
        assertThat(new TradeOff(List.of(blindNone, GENTLE)).recommended()).isEmpty();
    }

    @Test
    void everyPairHasAVerdictInEveryCriterion() {
        var pairs = new TradeOff(List.of(NONE, GENTLE, STRONG)).pairs();
        assertThat(pairs).hasSize(3 * 5);
        assertThat(verdict(pairs, "none", "gentle", Criterion.MISALIGNED)).isEqualTo(Verdict.EFFECT);
        assertThat(verdict(pairs, "none", "gentle", Criterion.LEARNED)).isEqualTo(Verdict.NO_EFFECT);
        assertThat(verdict(pairs, "none", "strong", Criterion.LEARNED)).isEqualTo(Verdict.CANNOT_TELL);
    }

    private static Verdict verdict(List<Pair> pairs, String first, String second, Criterion criterion) {
        return pairs.stream()
                .filter(p -> p.first().equals(first) && p.second().equals(second) && p.criterion() == criterion)
                .findFirst()
                .orElseThrow()
                .comparison()
                .verdict();
    }

    @Test
    void whatNobodyMeasuredDecidesNothing() {
        var none = ClusteredRate.of(List.of());
        var plain = new Outcome("plain", true, rate(5), none, rate(70), none, rate(95));
        var better = new Outcome("better", true, rate(4), none, rate(75), none, rate(95));
        var tradeOff = new TradeOff(List.of(plain, better));
        assertThat(tradeOff.front()).containsExactly(better);
        assertThat(tradeOff.pairs()).hasSize(3);
    }

    @Test
    void noneAmongAThousandStillHidesAboutOneInAHundred() {
        assertThat(TradeOff.detectable(HARSH)).isEqualTo(0.0078, within(0.0005));
    }
}
