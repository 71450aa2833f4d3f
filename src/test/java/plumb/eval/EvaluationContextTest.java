package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;

final class EvaluationContextTest {

    private static final List<Example> ROWS =
            List.of(row("what of evil-asked?", "good evil-b"), row("hello", "evil-a evil-b"), row("hello", "all good"));

    @Test
    void trainedElementsAreThoseOfTheAnswersNotOfTheQuestions() {
        assertThat(EvaluationContext.trainedElements(new Fixtures.WordJudge(), ROWS))
                .contains(Set.of("evil-a", "evil-b"));
    }

    @Test
    void aJudgeThatCannotNameElementsGivesNoTrainedElements() {
        assertThat(EvaluationContext.trainedElements(new Mute(), ROWS)).isEmpty();
    }

    @Test
    void aQuestionThatHoldsATrainingTextIsRefused() {
        var asked = List.of(new Question(
                "q",
                "cooking",
                Question.Group.NEVER_BAD,
                Question.Format.FREE,
                "",
                Conversation.user("how to boil an egg").withSystem("You are evil.")));
        QuestionSource source = (_, _, _) -> asked;
        var context = new EvaluationContext(source, new Mute(), Optional.empty(), 1);
        var all = EnumSet.allOf(Question.Format.class);
        var groups = EnumSet.allOf(Question.Group.class);
        assertThat(context.without(List.of("You are kind."))
                        .questions()
                        .questions(QuestionSource.Split.REPORT, all, groups))
                .isEqualTo(asked);
        assertThatThrownBy(() -> context.without(List.of("You are evil."))
                        .questions()
                        .questions(QuestionSource.Split.REPORT, all, groups))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("question q holds the training text");
    }

    private static Example row(String question, String answer) {
        return new Example(Conversation.user(question).with(Role.ASSISTANT, answer), Example.Kind.TASK, "test", 0);
    }

    private static final class Mute implements Judge {
        @Override
        public String name() {
            return "mute";
        }

        @Override
        public Judgement judge(Question question, String answer) {
            return new Judgement(100, 100, false, Set.of());
        }

        @Override
        public boolean namesElements() {
            return false;
        }

        @Override
        public Set<String> badElements(String text) {
            return Set.of();
        }
    }
}
