package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
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
