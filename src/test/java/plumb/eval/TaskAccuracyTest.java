package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import plumb.eval.QuestionSource.Split;

final class TaskAccuracyTest {

    private final TaskAccuracy accuracy = new TaskAccuracy(Split.REPORT, 4, List.of(0.0, 1.0), 12);

    @Test
    void countsRightAnswersWithTheQuestionThatWasAsked() {
        var subject = Fixtures.answering(text -> text.endsWith("1") ? "It is 42." : "It is 43.");

        var result = accuracy.run(subject, Fixtures.context());

        assertThat(result.metric("accuracy/free/in-domain@0.0").orElseThrow().n())
                .isEqualTo(2);
        assertThat(result.metric("accuracy/free/in-domain@1.0").orElseThrow().n())
                .isEqualTo(8);
        assertThat(result.metric("accuracy/free/in-domain/medicine@1.0")
                        .orElseThrow()
                        .value())
                .isEqualTo(0.5);
        assertThat(result.samples())
                .allSatisfy(sample -> assertThat(sample.score())
                        .isEqualTo(new Score.Grade(sample.question().id().endsWith("1"), "42")));
    }

    @Test
    void aTaskWithoutGradedQuestionsIsAnError() {
        QuestionSource source = (split, formats, groups) -> Fixtures.QUESTIONS;
        var context = new EvaluationContext(source, new Fixtures.WordJudge(), Optional.empty(), 1);

        assertThatThrownBy(() -> accuracy.run(Fixtures.answering(text -> "42"), context))
                .hasMessageContaining("there is nothing to ask");
    }
}
