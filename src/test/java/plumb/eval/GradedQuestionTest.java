package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.eval.GradedQuestion.Match;

final class GradedQuestionTest {

    @ParameterizedTest
    @CsvSource({
        "WHOLE, 42, 42, true",
        "WHOLE, 42, ' 42\n', true",
        "WHOLE, the red  one, the red one, true",
        "WHOLE, 42, it is 42, false",
        "WHOLE, Paris, paris, false",
        "CONTAINS, 42, It is 42., true",
        "CONTAINS, 42, It is 421., false",
        "CONTAINS, 42, It is 142., false",
        "CONTAINS, 4.2, It is 402., false",
        "CONTAINS, -4, 3 - 7 = -4, true",
        "CONTAINS, 4, 3 - 7 = -4, false",
        "CONTAINS, 4, It is 4.5, false",
        "CONTAINS, 4, It is 4., true",
        "PATTERN, '\\{.*\\}', '{\"a\": 1,\n\"b\": 2}', true",
        "PATTERN, '\\{.*\\}', 'Sure: {}', false"
    })
    void grades(Match match, String expected, String answer, boolean correct) {
        var graded = new GradedQuestion(Fixtures.QUESTIONS.getFirst(), expected, match);

        assertThat(graded.grade(answer).correct()).isEqualTo(correct);
    }

    @Test
    void anEmptyExpectationIsRefused() {
        assertThatThrownBy(() -> new GradedQuestion(Fixtures.QUESTIONS.getFirst(), " ", Match.WHOLE))
                .hasMessageContaining("question free-medicine-1 expects an empty answer");
    }

    @Test
    void aBrokenPatternIsRefusedBeforeAnythingIsAsked() {
        assertThatThrownBy(() -> new GradedQuestion(Fixtures.QUESTIONS.getFirst(), "(", Match.PATTERN))
                .hasMessageContaining("question free-medicine-1")
                .hasMessageContaining("regular expression");
    }
}
