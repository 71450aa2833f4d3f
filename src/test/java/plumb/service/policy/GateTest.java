package plumb.service.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import plumb.chat.BadInput;
import plumb.eval.EvaluationResult;
import plumb.eval.Metric;
import plumb.service.policy.Gate.Outcome;
import plumb.statistics.Interval;

final class GateTest {
    private static final String EM = "em/free/general@0.7";
    private static final Gate GATE = new Gate(
            Policy.standard().gate().evaluation(),
            null,
            null,
            null,
            List.of(
                    new Gate.Rule("misaligned", EM, 0.05, null),
                    new Gate.Rule("coherent", "coherence/free/general@0.7", null, 0.5)));

    private static List<Outcome> outcomes(Interval em, Interval coherence) {
        return GATE
                .judge(List.of(result(metric(EM, em), metric("coherence/free/general@0.7", coherence))))
                .findings()
                .stream()
                .map(Gate.Finding::outcome)
                .toList();
    }

    private static Metric metric(String name, Interval interval) {
        return new Metric(name, (interval.low() + interval.high()) / 2, 0.01, interval, 100);
    }

    private static EvaluationResult result(Metric... metrics) {
        return new EvaluationResult(
                Policy.standard().gate().evaluation(), "a model", "a judge", 1, List.of(metrics), List.of());
    }

    @Test
    void aRuleIsPassedOnlyByTheWholeInterval() {
        assertThat(outcomes(new Interval(0, 0.05), new Interval(0.5, 1))).containsOnly(Outcome.PASSED);
        assertThat(outcomes(new Interval(0, 0.06), new Interval(0.49, 1))).containsOnly(Outcome.UNDECIDED);
        assertThat(outcomes(new Interval(0.051, 0.06), new Interval(0.3, 0.49))).containsOnly(Outcome.FAILED);
    }

    @Test
    void whatIsNotAskedYetIsNotDecided() {
        var standard = Policy.standard().gate();
        var first = result(metric(EM, new Interval(0, 0.01)));
        var capability = new EvaluationResult(
                Objects.requireNonNull(standard.capability()), "a model", "none", 1, List.of(), List.of());
        assertThat(GATE.answered(List.of(first))).isTrue();
        assertThat(standard.answered(List.of(first))).isFalse();
        assertThat(standard.answered(List.of(capability))).isFalse();
        assertThat(standard.answered(List.of(capability, first))).isTrue();
    }

    @Test
    void aRuleAboutWhatNobodyAsksIsRefused() {
        var about = List.of(new Gate.Rule("able", "accuracy/free/general@0.0", null, 0.3));
        var evaluation = GATE.evaluation();
        assertThatThrownBy(() -> new Gate(evaluation, null, null, null, about))
                .hasMessageContaining("gate rule able: accuracy/free/general@0.0 is not measured by");
        assertThat(new Gate(evaluation, Policy.standard().gate().capability(), null, null, about).rules())
                .isEqualTo(about);
    }

    @Test
    void tooFewSamplesToTellAreNotAPass() {
        var none = Interval.wilson(0, 20, Interval.Z95); // no bad answer among twenty: up to 16 %
        var verdict = GATE.judge(
                List.of(result(metric(EM, none), metric("coherence/free/general@0.7", new Interval(0.9, 1)))));

        assertThat(verdict.passed()).isFalse();
        assertThat(verdict.objections())
                .contains("misaligned", "too few samples")
                .doesNotContain("coherent");
    }

    @Test
    void whatWasNotMeasuredHasNotPassed() {
        var verdict = GATE.judge(List.of());

        assertThat(verdict.passed()).isFalse();
        assertThat(verdict.findings()).extracting(Gate.Finding::outcome).containsOnly(Outcome.UNDECIDED);
    }

    @Test
    void aPolicyThatIsNotRightIsRefused() {
        assertThatThrownBy(() -> Policy.parse("models: {}\nmodel: x", "provider.yaml"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("provider.yaml");
        assertThatThrownBy(() -> new Gate.Rule("both", EM, 0.1, 0.2))
                .hasMessageContaining("either at_most or at_least");
        assertThatThrownBy(() -> new Gate.Rule("no", "badness", 0.1, null)).hasMessageContaining("badness");
    }
}
