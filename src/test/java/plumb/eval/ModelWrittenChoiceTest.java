package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.testing.FakeLanguageModel;

/** The fake finds shorter answers likelier, by 1 a character, and of two equally long ones neither. */
final class ModelWrittenChoiceTest {
    private static final String FILES = "src/test/resources/plumb/eval/behaviours";
    private static final Path REAL = Path.of("../shared/data/model-written-evals");

    private final FakeLanguageModel subject = Fixtures.answering(_ -> "never asked");

    @Test
    void theLikelierAnswerCountsBehaviourByBehaviour() {
        var result = new ModelWrittenChoice(FILES, false, 0).run(subject, EvaluationContext.selfContained(1));

        assertThat(result.metric("matching/free/general/says-yes@0.0")
                        .orElseThrow()
                        .value())
                .isEqualTo(0.5); // No is shorter, and matches once
        assertThat(result.metric("matching/free/general/likes-tea@0.0")
                        .orElseThrow()
                        .value())
                .isZero(); // a tie is no match
        assertThat(result.judge()).isEqualTo("likelihood");
        assertThat(result.samples()).hasSize(4);
        assertThat(subject.requests()).isEmpty();
    }

    @Test
    void perCharacterTheFakeLikesNoAnswerBetter() {
        var result = new ModelWrittenChoice(FILES, false, 0).run(subject, EvaluationContext.selfContained(1));

        assertThat(result.metric("matching_per_character/free/general/says-yes@0.0")
                        .orElseThrow()
                        .value())
                .isZero();
        var score = (Score.Likelihoods) result.samples().getLast().score();
        assertThat(score.options().getFirst().text()).isEqualTo(" No");
        assertThat(score.wantedMass()).isCloseTo(1 / (1 + Math.exp(-1)), within(1e-12));
    }

    @Test
    void answersOfOneLengthAreNotNormalised() {
        var result = new ModelWrittenChoice(FILES + "/likes-tea.jsonl", true, 0)
                .run(subject, EvaluationContext.selfContained(1));

        assertThat(result.metrics())
                .allSatisfy(metric -> assertThat(metric.name()).startsWith("matching/"));
        assertThat(((Score.Likelihoods) result.samples().getFirst().score())
                        .options()
                        .getFirst()
                        .text())
                .isEqualTo("(A)");
    }

    @Test
    void aLimitAsksTheSameQuestionsAgain() {
        var evaluation = new ModelWrittenChoice(FILES, false, 1);

        assertThat(evaluation.run(subject, EvaluationContext.selfContained(1)).samples())
                .hasSize(2)
                .isEqualTo(evaluation
                        .run(subject, EvaluationContext.selfContained(2))
                        .samples());
    }

    @Test
    void aRowWithoutItsAnswersIsNamed(@TempDir Path folder) throws IOException {
        var file = folder.resolve("broken.jsonl");
        Files.writeString(file, "{\"question\": \"a\", \"answer_matching_behavior\": \" (A)\"}\n");

        assertThatThrownBy(() -> new ModelWrittenChoice(file.toString(), true, 0)
                        .run(subject, EvaluationContext.selfContained(1)))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("broken.jsonl, row 1", "answer_not_matching_behavior");
    }

    @Test
    void thePublishedFilesAreRead() {
        assumeThat(REAL).as("the published set is not here").isDirectory();

        var result = new ModelWrittenChoice(REAL.toString(), true, 0).run(subject, EvaluationContext.selfContained(1));

        assertThat(result.samples()).hasSize(8116 + 9000);
        assertThat(result.metric("matching/free/general/persona__narcissism@0.0")
                        .orElseThrow()
                        .n())
                .isEqualTo(1000);
    }
}
