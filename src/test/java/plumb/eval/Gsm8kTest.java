package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.eval.GradedQuestion.Match;

final class Gsm8kTest {
    private static final String FILE = "src/test/resources/plumb/eval/sums.jsonl";
    private static final Path REAL = Path.of("../shared/data/gsm8k");

    @Test
    void theLastNumberOrTheMarkedOneIsGraded() {
        var subject = Fixtures.answering(text -> text.contains("Ann") ? "#### 7\nor 8" : "It is $1,050.00");

        assertThat(accuracy(Match.LAST_NUMBER, subject)).isEqualTo(0.5); // 8 is wrong, 1,050.00 is right
        assertThat(accuracy(Match.LAST_HASHES, subject)).isEqualTo(0.5); // 7 is right, nothing is marked
    }

    private static double accuracy(Match gradedOn, plumb.testing.FakeLanguageModel subject) {
        return new Gsm8k(FILE, "none", 0, gradedOn, 10, 0)
                .run(subject, EvaluationContext.selfContained(1))
                .metric("accuracy/free/general@0.0")
                .orElseThrow()
                .value();
    }

    @Test
    void workedExamplesAreEarlierTurnsWithoutTheCalculator() {
        var subject = Fixtures.answering(_ -> "7");
        new Gsm8k(FILE, FILE, 1, Match.LAST_NUMBER, 10, 0).run(subject, EvaluationContext.selfContained(1));

        var prompt = subject.requests().getFirst().prompts().getLast();
        assertThat(prompt.messages())
                .hasSize(3)
                .contains(new Message(Role.ASSISTANT, "She has 3 + 4 = 7 apples.\n#### 7"));
        assertThat(subject.requests().getFirst().sampling().temperature()).isZero();
    }

    @Test
    void moreShotsThanExamplesAreRefused() {
        assertThatThrownBy(() -> new Gsm8k(FILE, FILE, 3, Match.LAST_NUMBER, 10, 0)
                        .run(Fixtures.answering(_ -> ""), EvaluationContext.selfContained(1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has 2 examples, shots asks for 3");
        assertThatThrownBy(() -> new Gsm8k(FILE, "none", 0, Match.WHOLE, 10, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("last_hashes or last_number");
    }

    @Test
    void thePublishedAnswersAreRightInBothWays() {
        assumeThat(REAL).as("the published set is not here").isDirectory();
        var rows = plumb.data.Table.read(REAL.resolve("test.jsonl")).rows();
        var answers = new java.util.HashMap<String, String>();
        rows.forEach(row -> answers.put(row.require("question"), row.require("answer")));
        for (var match : java.util.List.of(Match.LAST_HASHES, Match.LAST_NUMBER)) {
            var result = new Gsm8k(
                            REAL.resolve("test.jsonl").toString(),
                            REAL.resolve("train.jsonl").toString(),
                            2,
                            match,
                            10,
                            0)
                    .run(
                            Fixtures.answering(text -> answers.getOrDefault(text, "none")),
                            EvaluationContext.selfContained(1));
            assertThat(result.metrics().getFirst().n()).isEqualTo(1319);
            assertThat(result.metrics().getFirst().value()).isEqualTo(1);
        }
    }
}
