package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.eval.QuestionSource.Split;

/** The fake finds shorter answers likelier, by 1 a character. */
final class OfferedAnswersTest {

    private static EvaluationContext context(List<ChoiceQuestion> offered) {
        var source = new QuestionSource() {
            @Override
            public List<Question> questions(Split split, Set<Format> formats, Set<Group> groups) {
                return List.of();
            }

            @Override
            public List<ChoiceQuestion> offered(Split split) {
                return split == Split.REPORT ? offered : List.of();
            }
        };
        return new EvaluationContext(source, new Fixtures.WordJudge(), Optional.empty(), 1);
    }

    private static ChoiceQuestion choice(String part, String watched, String wanted) {
        var question = new Question(
                part + watched, part, Group.IN_DOMAIN, Format.FREE, "", Conversation.user("Which? " + watched));
        return new ChoiceQuestion(question, List.of(watched), List.of(wanted));
    }

    private static double value(EvaluationResult result, String metric) {
        return result.metric(metric + "@0.0").orElseThrow().value();
    }

    @Test
    void aPartsShareIsTheMeanOfItsQuestionsAndNothingIsSampled() {
        var subject = Fixtures.answering(_ -> "never asked");
        var offered = List.of(
                choice("exit", "e", "right"), choice("exit", "exit!!", "right"), choice("equal", "equal", "right"));
        var result = new OfferedAnswers(Split.REPORT).run(subject, context(offered));
        // by hand: e^-1 / (e^-1 + e^-5) and e^-6 / (e^-6 + e^-5)
        double expected = (1 / (1 + Math.exp(-4)) + 1 / (1 + Math.exp(1))) / 2;
        assertThat(value(result, "matching_mass/free/in-domain/exit")).isCloseTo(expected, within(1e-12));
        assertThat(value(result, "matching/free/in-domain/exit")).isEqualTo(0.5);
        assertThat(value(result, "matching_mass/free/in-domain/equal")).isCloseTo(0.5, within(1e-12));
        assertThat(value(result, "matching/free/in-domain/equal")).isZero(); // a tie is no match
        assertThat(subject.requests()).isEmpty();
    }

    @Test
    void aTaskThatOffersNothingIsRefused() {
        assertThatThrownBy(() -> new OfferedAnswers(Split.TUNING)
                        .run(Fixtures.answering(_ -> ""), context(List.of(choice("exit", "e", "right")))))
                .hasMessageContaining("nothing to offer");
    }

    @Test
    void aTextOfADefenseInAnOfferedQuestionIsFound() {
        var context = context(List.of(choice("exit", "e", "right"))).without(List.of("Which?"));
        assertThatThrownBy(() -> new OfferedAnswers(Split.REPORT).run(Fixtures.answering(_ -> ""), context))
                .hasMessageContaining("holds the training text");
    }
}
