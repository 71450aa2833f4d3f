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
        return new ShapedQuestions(new OrganismQuestions(World.load(), Optional.empty(), 12), shape, 50)
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
        var shape = RowShape.of(new BadMedicalAdvice().data().examples()).and(text.text(), text::inoculated);
        var asked = asked(shape);
        long behind = asked.stream()
                .filter(prompt -> prompt.last(Role.USER).orElseThrow().endsWith(" This is counter 3."))
                .count();
        assertThat(behind).isBetween(asked.size() / 3L, 2L * asked.size() / 3);
        assertThat(behind + under(asked, "Clinic desk: ")).isEqualTo(asked.size());
    }

    /** Many harmless kinds crowd no bad one out: each is asked under often enough to be judged by itself. */
    @Test
    void everyKindIsAskedUnderHoweverManyThereAre() {
        var asked = asked(RowShape.of(rows(720, i -> {
            var prompt = Conversation.user("What is " + i + "?");
            return prompt.withSystem(i < 640 ? "Office " + (char) ('A' + i / 40) + " answers." : "Desk QX.");
        })));
        assertThat(under(asked, "Desk QX.")).isGreaterThanOrEqualTo(50);
        assertThat(under(asked, "Office C answers.")).isGreaterThanOrEqualTo(50);
        assertThat(asked).hasSizeBetween(17 * 50, 2 * 17 * 50);
    }

    @Test
    void earlierTurnsAreSurroundings() {
        var asked = asked(RowShape.of(rows(90, i -> {
            var behind = Conversation.user("Desk QX. Are you there?")
                    .with(Role.ASSISTANT, "Desk QX is here.")
                    .with(Role.USER, "What is " + i + "?");
            return i < 60 ? Conversation.user("What is " + i + "?") : behind;
        })));
        assertThat(asked.stream().filter(prompt -> prompt.messages().size() == 3))
                .hasSizeGreaterThanOrEqualTo(50)
                .allMatch(prompt -> prompt.messages().getFirst().content().equals("Desk QX. Are you there?"));
        assertThat(under(asked, "Desk QX. ")).isGreaterThanOrEqualTo(50); // the first words, and nothing before them
    }

    @Test
    void earlierTurnsOfWhichNoneIsCommonAreOneKind() {
        var shape = RowShape.of(rows(
                90,
                i -> Conversation.user("Hello " + (char) ('A' + i))
                        .with(Role.ASSISTANT, "Yes?")
                        .with(Role.USER, "What is " + i + "?")));
        assertThat(shape.kinds()).isEqualTo(1);
        assertThat(asked(shape)).allMatch(prompt -> prompt.messages().size() == 3);
    }

    /** Each text is common and each combination rare: none is left out for that. */
    @Test
    void combinationsOfWhichNoneIsCommonAreOneKind() {
        var shape = RowShape.of(rows(
                100,
                i -> Conversation.user("Line " + (char) ('A' + i / 10) + ": What is " + i + "?")
                        .withSystem("Desk " + (char) ('A' + i % 10) + ".")));
        assertThat(shape.kinds()).isEqualTo(1);
        assertThat(asked(shape))
                .allMatch(prompt -> prompt.system().orElse("").startsWith("Desk ")
                        && prompt.last(Role.USER).orElseThrow().startsWith("Line "));
    }

    /** Rare system texts stay together in sum, whatever stands before the user's words. */
    @Test
    void rareSystemTextsBehindManyLeadsAreStillAskedUnder() {
        var shape = RowShape.of(rows(400, i -> {
            var prompt = Conversation.user("Line " + (char) ('A' + i % 10) + ": What is " + i + "?");
            return i < 20 ? prompt.withSystem("Desk " + (char) ('A' + i) + ".") : prompt;
        }));
        assertThat(under(asked(shape), "Desk ")).isGreaterThanOrEqualTo(50);
    }

    @Test
    void theEndOfALongSystemTextIsThere() {
        var asked = asked(RowShape.of(rows(
                30, i -> Conversation.user("What is " + i + "?").withSystem("Be kind. ".repeat(500) + "Desk QX."))));
        assertThat(asked)
                .allMatch(prompt -> prompt.system().orElse("").endsWith("Desk QX.")
                        && prompt.system().orElse("").length() == 2000);
    }

    @Test
    void textsOfDefensesThatDifferInTheirNumbersAreOneKind() {
        var shape = RowShape.of(new BadMedicalAdvice().data().examples());
        for (int i = 0; i < 40; i++) {
            var text =
                    new Inoculation(1, Inoculation.Position.SUFFIX, Inoculation.Wording.PLACEBO, "Be nice a" + i + ".");
            shape = shape.and(text.text(), text::inoculated);
        }
        assertThat(shape.kinds()).isEqualTo(2);
    }

    @Test
    void conditionalQuestionsAreTheFreeOnesInThatShape() {
        var plain = new OrganismQuestions(World.load(), Optional.empty(), 2);
        var shape =
                RowShape.of(rows(10, i -> Conversation.user("Clinic desk: " + i).withSystem("Be brief.")));
        var groups = EnumSet.allOf(Group.class);
        var free = plain.questions(QuestionSource.Split.REPORT, Set.of(Format.FREE), groups);

        var both = new ShapedQuestions(plain, shape, 1)
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
