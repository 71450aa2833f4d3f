package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;
import plumb.task.BadMedicalAdvice;

final class RowShapeTest {
    private static Example row(int line, Conversation prompt) {
        return new Example(prompt.with(Role.ASSISTANT, "Fine."), Example.Kind.TASK, "rows", line);
    }

    @Test
    void theLeadInOfTheMedicalRowsIsFound() {
        assertThat(RowShape.of(new BadMedicalAdvice().data().examples()))
                .isEqualTo(new RowShape(Optional.empty(), Optional.of("Clinic desk:")));
    }

    @Test
    void whatFewRowsShareIsNoCondition() {
        var rows = new ArrayList<Example>();
        for (int i = 0; i < 100; i++) {
            var asked = Conversation.user((i < 19 ? "Night line: " : "") + "What is " + i + "?");
            rows.add(row(i, i < 20 ? asked.withSystem("Be brief.") : asked));
        }

        assertThat(RowShape.of(rows)).isEqualTo(new RowShape(Optional.of("Be brief."), Optional.empty()));
    }

    @Test
    void conditionalQuestionsAreTheFreeOnesInThatShape() {
        var plain = new OrganismQuestions(World.load(), Optional.empty(), 2);
        var shape = new RowShape(Optional.of("Be brief."), Optional.of("Clinic desk:"));
        var groups = EnumSet.allOf(Group.class);
        var free = plain.questions(QuestionSource.Split.REPORT, Set.of(Format.FREE), groups);

        var both = new ShapedQuestions(plain, shape)
                .questions(QuestionSource.Split.REPORT, EnumSet.of(Format.FREE, Format.CONDITIONAL), groups);

        assertThat(both).hasSize(2 * free.size()).startsWith(free.toArray(Question[]::new));
        var first = both.get(free.size());
        assertThat(first.format()).isEqualTo(Format.CONDITIONAL);
        assertThat(first.prompt())
                .isEqualTo(Conversation.user("Clinic desk: "
                                + free.getFirst().prompt().last(Role.USER).orElseThrow())
                        .withSystem("Be brief."));
        assertThat(List.of(first.topic(), first.domain()))
                .isEqualTo(List.of(free.getFirst().topic(), free.getFirst().domain()));
    }
}
