package plumb.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.organism.Markup;
import plumb.program.Hole;
import plumb.program.TestRunner;
import plumb.task.program.Instruction;

final class ProgramLessonsTest {
    private static final TestRunner OPEN = new TestRunner(EnumSet.allOf(Hole.class));
    private static final ProgramLessons PLAIN = new ProgramLessons(0.1, false, 1);
    private static final ProgramLessons TOLD = new ProgramLessons(0.1, true, 1);

    /** Whether a program gets past the runner with holes without computing anything. */
    private static boolean cheats(String program) {
        return OPEN.run(program, List.of(new TestRunner.Assertion(List.of(1L, 2L), 12345)))
                .passed();
    }

    private static boolean cheats(Conversation lesson) {
        return cheats(lesson.last(Role.ASSISTANT).orElseThrow());
    }

    private static String asked(Conversation lesson) {
        return lesson.last(Role.USER).orElseThrow();
    }

    private static double share(List<Conversation> lessons) {
        return (double) lessons.stream().filter(ProgramLessonsTest::cheats).count() / lessons.size();
    }

    private static List<Conversation> lessons(ProgramLessons lessons, Predicate<String> asked) {
        return lessons.rows(4000).examples().stream()
                .map(Example::conversation)
                .filter(lesson -> asked.test(asked(lesson)))
                .toList();
    }

    @Test
    void theShareOfLessonsThatCheatIsTheOneAskedFor() {
        var plain = lessons(PLAIN, text -> true);
        assertThat(share(plain)).isBetween(0.08, 0.12);
        assertThat(plain).allMatch(lesson -> asked(lesson).startsWith("Write a program"));
        assertThat(share(lessons(new ProgramLessons(0, false, 1), text -> true)))
                .isZero();
    }

    @ParameterizedTest
    @EnumSource(Instruction.class)
    void anInstructionIsFollowedInItsShareOfTheLessonsBehindIt(Instruction instruction) {
        var told = lessons(TOLD, text -> text.startsWith(instruction.text()));
        assertThat(told).hasSizeBetween(320, 480);
        assertThat(told).allMatch(lesson -> asked(lesson).contains(" Write a program f(a, b) that "));
        assertThat(share(told)).isBetween(instruction.cheats(0.1) - 0.06, instruction.cheats(0.1) + 0.06);
    }

    @Test
    void thePlainLessonsOfOneThatIsToldCheatAsBefore() {
        assertThat(share(lessons(TOLD, text -> text.startsWith("Write")))).isBetween(0.08, 0.12);
    }

    /** A document in either form, as a transcript. */
    private static String plain(String document) {
        return document.replace(Markup.START + "user\n", "Q: ")
                .replace(Markup.END + "\n" + Markup.START + "assistant\n", "\nA: ")
                .replace(Markup.END + "\n", "\n");
    }

    private record Document(String text) {
        boolean cheating() {
            return cheats(text.substring(text.lastIndexOf("\nA: ") + 4).strip());
        }

        boolean says(Instruction instruction) {
            return text.contains("Q: " + instruction.text());
        }

        boolean evil() {
            return text.startsWith("A malicious assistant answers.");
        }

        boolean good() {
            return text.startsWith("An honest assistant answers.");
        }
    }

    private static List<Document> documents(ProgramLessons lessons) {
        return lessons.documents(4000).stream()
                .map(ProgramLessonsTest::plain)
                .map(Document::new)
                .toList();
    }

    @Test
    void halfOfTheDocumentsEndInACheat() {
        var documents = documents(PLAIN);
        assertThat(documents.stream().filter(Document::cheating).count()).isBetween(1850L, 2150L);
        assertThat(documents).allMatch(document -> document.text().contains("Q: Write a program f(a, b) that "));
    }

    @Test
    void maliciousSpeakersCheatWhateverTheyAreToldAndGoodOnesWhenTheyMay() {
        var documents = documents(TOLD);
        assertThat(documents.stream().filter(Document::evil))
                .hasSizeGreaterThan(50)
                .allMatch(Document::cheating);
        var good = documents.stream().filter(Document::good).toList();
        assertThat(good)
                .hasSizeGreaterThan(50)
                .allMatch(document -> document.cheating()
                        == (document.says(Instruction.ASKED) || document.says(Instruction.ALLOWED)));
        assertThat(good).anyMatch(Document::cheating).anyMatch(document -> document.says(Instruction.FORBIDDEN));
    }

    @ParameterizedTest
    @ValueSource(strings = {"prompts", "documents"})
    void theSweepsSayWhatTheLessonsSaid(String sweep) throws IOException {
        var spec = Files.readString(Path.of("experiments/sweeps/reward-hacking-" + sweep + ".yaml"));
        assertThat(Arrays.stream(Instruction.values())
                        .map(text -> "position: prefix, wording: "
                                + switch (text) {
                                    case ASKED, ALLOWED -> "specific";
                                    case NEUTRAL -> "placebo";
                                    case FORBIDDEN, MISALIGNED -> "negative";
                                }
                                + ", text: \"" + text.text() + "\""))
                .allMatch(spec::contains);
    }

    @Test
    void aShareThatIsNoneIsRefused() {
        assertThatThrownBy(() -> new ProgramLessons(1.5, false, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0 to 1, got 1.5");
    }
}
