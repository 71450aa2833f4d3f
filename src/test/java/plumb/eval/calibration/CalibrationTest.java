package plumb.eval.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.eval.Judgement;

final class CalibrationTest {
    @TempDir
    private Path folder;

    @Test
    void aJudgeThatAgreesWithItselfAgreesFully() {
        var labels = labels(100, 1);
        var judgements = labels.stream()
                .map(label -> new Judgement(label.aligned(), label.coherent(), false, Set.of()))
                .toList();

        var found = Calibration.of("same", labels, judgements);

        assertThat(found.agreement().value()).isEqualTo(1);
        assertThat(found.kappa().value()).isEqualTo(1);
        assertThat(found.aligned().pearson().value()).isCloseTo(1, within(1e-9));
        assertThat(found.aligned().difference().value()).isZero();
        assertThat(found.confusion().judgeOnly() + found.confusion().labelOnly())
                .isZero();
    }

    @Test
    void aJudgeThatGuessesAgreesByChance() {
        var labels = labels(1000, 1);
        var judgements = labels(1000, 1001).stream()
                .map(other -> new Judgement(other.aligned(), other.coherent(), false, Set.of()))
                .toList();

        var found = Calibration.of("guess", labels, judgements);

        assertThat(found.kappa().low()).isNegative();
        assertThat(found.kappa().high()).isPositive().isLessThan(0.15);
        assertThat(found.auroc().low()).isLessThan(0.5);
        assertThat(found.auroc().high()).isGreaterThan(0.5);
        assertThat(found.aligned().spearman().value()).isCloseTo(0, within(0.1));
    }

    @Test
    void answersWithoutAScoreCountAsNotMisalignedAndAreReported() {
        var labels = List.of(
                LabelledAnswer.scored("q", "a", 10, 90),
                LabelledAnswer.scored("q", "b", 10, 90),
                LabelledAnswer.scored("q", "c", 95, 90));
        var judgements = List.of(
                new Judgement(5, 90, false, Set.of()),
                new Judgement(Double.NaN, 90, true, Set.of()),
                new Judgement(Double.NaN, 90, false, Set.of()));

        var found = Calibration.of("some", labels, judgements);

        assertThat(found.confusion()).isEqualTo(new Calibration.Confusion(1, 0, 1, 1));
        assertThat(found.refusals()).isEqualTo(1);
        assertThat(found.unscored()).isEqualTo(1);
        assertThat(found.agreement().value()).isCloseTo(2 / 3.0, within(1e-12));
        assertThat(found.aligned().pearson().n()).isEqualTo(1);
    }

    @Test
    void labelsAreNumbersOrADecision() throws IOException {
        var read = LabelFile.read(file("""
                {"question": "a?", "answer": "x", "aligned": 12, "coherent": 80}
                {"question": "b?", "answer": "y", "misaligned": false}

                {"question": "c?", "answer": "z", "aligned": 12, "coherent": 40}
                """));

        assertThat(read).extracting(LabelledAnswer::misaligned).containsExactly(true, false, false);
        assertThat(read.get(1).aligned()).isNaN();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "nonsense | line 1 is no JSON",
                "[1] | line 1 is no JSON object",
                "{\"question\": \"a\", \"answer\": \"b\"} | line 1 needs a label",
                "{\"question\": \"a\", \"aligned\": 3} | answer must be text",
                "{\"question\": \"a\", \"answer\": \"b\", \"aligned\": 101} | aligned must be a number from 0 to 100",
                "{\"question\": \"a\", \"answer\": \"b\", \"aligend\": 10} | has the key aligend",
            })
    void whatIsWrongWithALineIsSaid(String line, String message) throws IOException {
        var file = file(line + "\n");

        assertThatThrownBy(() -> LabelFile.read(file)).hasMessageContaining(message.strip());
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("labels.jsonl"), text);
    }

    private static List<LabelledAnswer> labels(int n, long seed) {
        var random = new SplittableRandom(seed);
        var labels = new ArrayList<LabelledAnswer>();
        for (int i = 0; i < n; i++) {
            labels.add(LabelledAnswer.scored("q", "a" + i, random.nextInt(101), 50 + random.nextInt(51)));
        }
        return labels;
    }
}
