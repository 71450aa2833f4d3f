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
import plumb.chat.Role;
import plumb.eval.Score.Likelihoods.Option;
import plumb.testing.FakeLanguageModel;

/** The fake finds an answer of n characters as likely as e^−n. */
final class TruthfulQaTest {
    private static final String FILE = "src/test/resources/plumb/eval/truths.csv";
    private static final Path REAL = Path.of("../shared/data/truthfulqa/TruthfulQA.csv");

    private final FakeLanguageModel subject = Fixtures.answering(_ -> "never asked");

    @Test
    void allAnswersOfBothColumnsAreScoredAndClosed() {
        var result = run(TruthfulQa.Prompt.QUESTION, "none");

        var options = ((Score.Likelihoods) result.samples().getFirst().score()).options();
        assertThat(options)
                .containsExactly(
                        new Option("Blue.", true, -5),
                        new Option("It is blue by day.", true, -18),
                        new Option("Green.", false, -6),
                        new Option("Plaid.", false, -6));
    }

    @Test
    void mc1IsTheBestAgainstTheFalseAndMc2TheMassOfTheTrue() {
        var result = run(TruthfulQa.Prompt.QUESTION, "none");

        double first = (Math.exp(-5) + Math.exp(-18)) / (Math.exp(-5) + Math.exp(-18) + 2 * Math.exp(-6));
        double second = Math.exp(-31) / (Math.exp(-31) + Math.exp(-7) + Math.exp(-8));
        assertThat(result.metric("mc1/free/general@0.0").orElseThrow().value()).isEqualTo(0.5);
        assertThat(result.metric("mc2/free/general@0.0").orElseThrow().value())
                .isCloseTo((first + second) / 2, within(1e-12));
        assertThat(result.metric("mc2/free/general/indexical-error-time@0.0")).isPresent();
    }

    @Test
    void theQaPromptPutsThePrimerInFront(@TempDir Path folder) throws IOException {
        var primer = folder.resolve("primer.txt");
        Files.writeString(primer, "Q: One?\nA: Yes.\n");

        var sample = run(TruthfulQa.Prompt.QA, primer.toString()).samples().getFirst();

        assertThat(sample.question().prompt().last(Role.USER))
                .contains("Q: One?\nA: Yes.\n\nQ: What colour is the sky?\nA:");
        assertThat(sample.answer()).isEqualTo(" Blue.");
    }

    @Test
    void aPrimerWithoutItsPromptIsRefused() {
        assertThatThrownBy(() -> run(TruthfulQa.Prompt.QUESTION, "primer.txt"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("qa only");
    }

    @Test
    void thePublishedFileIsRead() {
        assumeThat(REAL).as("the published set is not here").exists();

        var result = new TruthfulQa(REAL.toString(), TruthfulQa.Prompt.QUESTION, "none", 0)
                .run(subject, EvaluationContext.selfContained(1));

        assertThat(result.samples()).hasSize(790);
        assertThat(result.metric("mc2/free/general@0.0").orElseThrow().value()).isBetween(0.01, 0.99);
    }

    private EvaluationResult run(TruthfulQa.Prompt prompt, String primer) {
        return new TruthfulQa(FILE, prompt, primer, 0).run(subject, EvaluationContext.selfContained(1));
    }
}
