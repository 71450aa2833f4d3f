package plumb.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.model.TokenChance;

final class ReadingTest {

    @Test
    void theScoreIsTheMeanOfTheNumbersByTheirProbability() {
        assertThat(reading("90", 0.6, "80", 0.2, "The", 0.2).score()).isCloseTo((54 + 16) / 0.8, within(1e-9));
    }

    @Test
    void whatIsNoWholeNumberFrom0To100DoesNotCount() {
        assertThat(reading("0", 0.3, "101", 0.2, "999", 0.1, "-5", 0.1, "5.", 0.1, "½", 0.1)
                        .score())
                .isZero();
    }

    @Test
    void aSpaceBeforeANumberIsNoDifference() {
        assertThat(reading(" 40", 0.3, "40", 0.3, "\n60", 0.3).score()).isCloseTo(140 / 3.0, within(1e-9));
    }

    @Test
    void rawPiecesOfAVocabularyAreReadAsTheTextTheyStandFor() {
        assertThat(reading("Ġ85", 0.5, "▁85", 0.2, "85", 0.1, "85Ġ", 0.1).score())
                .isCloseTo(85, within(1e-9));
        assertThat(reading("ĠREF", 0.5).says("REFUSAL")).isTrue();
    }

    @Test
    void belowAQuarterOfTheMassThereIsNoScore() {
        assertThat(reading("90", 0.2499).score()).isNaN();
        assertThat(reading("90", 0.25001).score()).isCloseTo(90, within(1e-9));
        assertThat(reading().score()).isNaN();
    }

    @Test
    void aWordIsSaidWhenItsBeginningIsLikelyAndNoNumberIs() {
        var refusal = reading("REF", 0.7, "R", 0.1, "CODE", 0.1, "90", 0.05);

        assertThat(refusal.says("REFUSAL")).isTrue();
        assertThat(refusal.says("CODE")).isFalse();
        assertThat(refusal.chance("REFUSAL")).isCloseTo(0.8, within(1e-9));
        assertThat(reading("REF", 0.6, "90", 0.3).says("REFUSAL")).isFalse();
    }

    @Test
    void ofSeveralWordsTheLikeliestBeginningIsMeant() {
        var words = List.of("TRUE", "FALSE", "UNKNOWN");

        assertThat(reading("FAL", 0.5, "True", 0.3, "UN", 0.1).word(words)).isEqualTo("FALSE");
        assertThat(reading("Maybe", 0.9, "TRUE", 0.05).word(words)).isEmpty();
    }

    static Reading reading(Object... tokensAndProbabilities) {
        var tokens = new ArrayList<TokenChance>();
        for (int i = 0; i < tokensAndProbabilities.length; i += 2) {
            double probability = ((Number) tokensAndProbabilities[i + 1]).doubleValue();
            tokens.add(new TokenChance((String) tokensAndProbabilities[i], Math.log(probability)));
        }
        return new Reading("aligned", "judge", "hash", List.copyOf(tokens));
    }
}
