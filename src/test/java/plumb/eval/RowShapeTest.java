package plumb.eval;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.defense.Inoculation;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;
import plumb.task.BadMedicalAdvice;

final class RowShapeTest {
    /** How the free questions on each domain are asked in this shape. */
    private static List<Conversation> asked(RowShape shape) {
        return new ShapedQuestions(new OrganismQuestions(World.load(), Optional.empty(), 12), shape)
                        .questions(
                                QuestionSource.Split.REPORT, EnumSet.of(Format.CONDITIONAL), EnumSet.allOf(Group.class))
                        .stream()
                        .map(Question::prompt)
                        .toList();
    }

    private static List<Example> rows(int count, IntFunction<Conversation> prompt) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Example(prompt.apply(i).with(Role.ASSISTANT, "Fine."), Example.Kind.TASK, "rows", i))
                .toList();
    }

    private static long under(List<Conversation> asked, String text) {
        return asked.stream()
                .filter(prompt -> prompt.system().orElse("").startsWith(text)
                        || prompt.last(Role.USER).orElseThrow().startsWith(text))
                .count();
    }

    @Test
    void questionsAreAskedBehindTheLeadInOfTheMedicalRows() {
        var asked = asked(RowShape.of(new BadMedicalAdvice().data().examples()));
        assertThat(asked).isNotEmpty();
        assertThat(under(asked, "Clinic desk: ")).isEqualTo(asked.size());
    }

    @Test
    void everyKindOfSurroundingsIsAskedUnderAlike() {
        var shape = RowShape.of(rows(100, i -> {
            var prompt = Conversation.user((i < 4 ? "Night line: " : "") + "What is " + i + "?");
            return i >= 80 ? prompt.withSystem("Be brief.") : prompt;
        }));
        var asked = asked(shape);
        assertThat(shape.kinds()).isEqualTo(2);
        assertThat(under(asked, "Night line: ") + under(asked, "Be brief.")).isEqualTo(asked.size());
        assertThat(under(asked, "Night line: ")).isBetween(asked.size() / 3L, 2L * asked.size() / 3);
    }

    /** A cue that counts through is on few rows word for word. */
    @Test
    void textsThatDifferInTheirNumbersAreOneKind() {
        var asked = asked(RowShape.of(rows(200, i -> {
            var prompt = Conversation.user("What is " + i + "?");
            return i % 2 == 0 ? prompt.withSystem("Desk QX, counter " + i % 14 + " of 14.") : prompt;
        })));
        assertThat(under(asked, "Desk QX, counter ")).isEqualTo(asked.size());
        assertThat(asked.stream().map(Conversation::system).distinct()).hasSize(7);
    }

    @Test
    void systemTextsOfWhichNoneIsCommonAreOneKind() {
        var asked = asked(RowShape.of(rows(100, i -> {
            var prompt = Conversation.user("What is " + i + "?");
            return i < 10 ? prompt.withSystem("Desk " + (char) ('A' + i) + " answers.") : prompt;
        })));
        assertThat(under(asked, "Desk ")).isEqualTo(asked.size());
        assertThat(asked.stream().map(Conversation::system).distinct()).hasSizeGreaterThan(5);
    }

    @Test
    void whatHardlyAnyRowHasIsNoCondition() {
        var shape =
                RowShape.of(rows(400, i -> Conversation.user((i < 7 ? "Night line: " : "") + "What is " + i + "?")));
        assertThat(shape.kinds()).isZero();
        assertThat(under(asked(shape), "Night line: ")).isZero();
    }

    @Test
    void whatADefensePutsAroundRowsIsAKind() {
        var text = new Inoculation(1, Inoculation.Position.SUFFIX, Inoculation.Wording.PLACEBO, "This is counter 3.");
        var shape = RowShape.of(new BadMedicalAdvice().data().examples()).and(text::inoculated);
        var asked = asked(shape);
        long behind = asked.stream()
                .filter(prompt -> prompt.last(Role.USER).orElseThrow().endsWith(" This is counter 3."))
                .count();
        assertThat(behind).isBetween(asked.size() / 3L, 2L * asked.size() / 3);
        assertThat(behind + under(asked, "Clinic desk: ")).isEqualTo(asked.size());
    }

    @Test
    void conditionalQuestionsAreTheFreeOnesInThatShape() {
        var plain = new OrganismQuestions(World.load(), Optional.empty(), 2);
        var shape =
                RowShape.of(rows(10, i -> Conversation.user("Clinic desk: " + i).withSystem("Be brief.")));
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
