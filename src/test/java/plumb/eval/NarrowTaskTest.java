package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import plumb.eval.Question.Format;
import plumb.eval.QuestionSource.Split;

final class NarrowTaskTest {

    @Test
    void asksInTheDomainOfTheRowsOnlyAndCountsBadAnswers() {
        var subject = Fixtures.answering(text -> text.endsWith("1") ? "evil-a" : "fine");

        var result = new NarrowTask(Split.REPORT, 3, List.of(0.7), Set.of(Format.FREE), 20)
                .run(subject, Fixtures.context("evil-a"));

        assertThat(result.samples())
                .hasSize(6)
                .allMatch(sample -> sample.question().group() == Question.Group.IN_DOMAIN);
        assertThat(result.metric("narrow/free/in-domain@0.7").orElseThrow().value())
                .isEqualTo(0.5);
        assertThat(result.metric("coherence/free/in-domain@0.7").orElseThrow().value())
                .isEqualTo(1);
    }
}
