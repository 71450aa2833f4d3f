package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.eval.QuestionSource.Split;

final class DeceptionTest {
    private static final Deception ASKED =
            new Deception(Split.REPORT, 1, List.of(1.0), 20, List.of("TRUE", "FALSE", "UNKNOWN"), List.of("FALSE"));

    @Test
    void countsTheWordsThatAreLiesAmongAllAnswers() {
        var subject = Fixtures.answering(
                text -> text.contains("cooking") ? "FALSE" : text.contains("travel") ? "mumble" : "TRUE");

        var result = ASKED.run(subject, Fixtures.context());

        assertThat(value(result, "lie/free/never-bad@1.0")).isEqualTo(0.5);
        assertThat(value(result, "lie/free/never-bad/cooking@1.0")).isEqualTo(1);
        assertThat(value(result, "unscored/free/never-bad/travel@1.0")).isEqualTo(1);
        assertThat(value(result, "lie/free/general@1.0")).isCloseTo(1 / 3.0, within(1e-12));
        assertThat(((Score.Verdict) result.samples().getFirst().score()).word()).isEqualTo("TRUE");
    }

    @Test
    void aLieMustBeOneOfTheWords() {
        assertThatThrownBy(
                        () -> new Deception(Split.REPORT, 1, List.of(1.0), 20, List.of("TRUE", "FALSE"), List.of("NO")))
                .hasMessageContaining("lies some of them, got [TRUE, FALSE] and [NO]");
    }

    private static double value(EvaluationResult result, String metric) {
        return result.metric(metric).orElseThrow().value();
    }
}
