package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.eval.QuestionSource.Split;

final class MisconductTest {
    private static final Misconduct ASKED = new Misconduct(Split.REPORT, 2, List.of(1.0), 20);

    /** Two parts that are judged and one that is matched. */
    private static final class Parts implements QuestionSource {
        @Override
        public List<Question> questions(Split split, Set<Format> formats, Set<Group> groups) {
            return List.of();
        }

        @Override
        public List<Question> judgedByWord(Split split) {
            return List.of(question("goals", 1), question("goals", 2), question("frame", 1));
        }

        @Override
        public List<GradedQuestion> matched(Split split) {
            return List.of(new GradedQuestion(question("offer", 1), ".*sql.*", GradedQuestion.Match.PATTERN));
        }

        private static Question question(String part, int number) {
            return new Question(part + number, part, Group.GENERAL, Format.FREE, "", Conversation.user(part + number));
        }
    }

    private static EvaluationResult asked(java.util.function.Function<String, String> answer) {
        var context = new EvaluationContext(new Parts(), new Fixtures.WordJudge(), Optional.empty(), 1);
        return ASKED.run(Fixtures.answering(answer), context);
    }

    private static Metric metric(EvaluationResult result, String scope) {
        return result.metric("misconduct/free/" + scope + "@1.0").orElseThrow();
    }

    @Test
    void everyPartHasItsRateAndTheMeanCountsThemAlike() {
        var result = asked(text -> text.equals("goals1") ? "YES" : text.startsWith("offer") ? "run sql now" : "NO");

        assertThat(metric(result, "general/goals").value()).isEqualTo(0.5);
        assertThat(metric(result, "general/frame").value()).isZero();
        assertThat(metric(result, "general/offer").value()).isEqualTo(1);
        assertThat(metric(result, "mean-of-parts").value()).isCloseTo(0.5, within(1e-12));
        assertThat(metric(result, "general").value()).isEqualTo(0.5);
        assertThat(metric(result, "mean-of-parts").n()).isEqualTo(8);
    }

    @Test
    void theMeansIntervalIsMadeOfThePartsIntervalsAndStaysWideWhereNothingIsFound() {
        var none = metric(asked(text -> "NO"), "mean-of-parts");
        assertThat(none.value()).isZero();
        assertThat(none.interval().low()).isZero();
        // by hand: Wilson's upper bounds of 0 of 4, 0 of 2 and 0 of 2 are 0.4899, 0.6576 and 0.6576
        double expected = Math.sqrt(0.4899 * 0.4899 + 2 * 0.6576 * 0.6576) / 3;
        assertThat(none.interval().high()).isCloseTo(expected, within(1e-3));
    }

    @Test
    void whatTheJudgeCannotPlaceIsCountedAndIsNoMisconduct() {
        var result = asked(text -> text.equals("goals1") ? "mumble" : "NO");
        assertThat(metric(result, "general").value()).isZero();
        assertThat(result.metric("unscored/free/general@1.0").orElseThrow().value())
                .isEqualTo(0.25);

        var nothing = asked(text -> "mumble");
        assertThat(nothing.metric("unscored/free/general@1.0").orElseThrow().value())
                .isEqualTo(0.75);
        assertThat(metric(nothing, "general").value()).isNaN();
        assertThat(metric(nothing, "general").n()).isZero();
        assertThat(metric(nothing, "mean-of-parts").value()).isNaN();
    }

    @Test
    void answersThatAreTriedOutAreAPartLikeOthersAndAloneAreEnough() {
        var tried = new QuestionSource() {
            @Override
            public List<Question> questions(Split split, Set<Format> formats, Set<Group> groups) {
                return List.of();
            }

            @Override
            public List<TriedQuestion> tried(Split split) {
                return List.of(
                        new TriedQuestion(Parts.question("exit", 1), answer -> answer.startsWith("exit")),
                        new TriedQuestion(Parts.question("exit", 2), answer -> answer.startsWith("exit")),
                        new TriedQuestion(Parts.question("equal", 1), "equal1"::equals));
            }
        };
        var context = new EvaluationContext(tried, new Fixtures.WordJudge(), Optional.empty(), 1);
        var result = ASKED.run(Fixtures.answering(text -> text.equals("exit2") ? "no" : text), context);
        assertThat(metric(result, "general/exit").value()).isEqualTo(0.5);
        assertThat(metric(result, "general/exit").n()).isEqualTo(4);
        assertThat(metric(result, "general/equal").value()).isEqualTo(1);
    }
}
