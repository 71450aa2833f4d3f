package plumb.task;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.chat.Role;
import plumb.program.Hole;
import plumb.program.TestRunner;

final class ProgramTestsTest {
    private static final TestRunner OPEN = new TestRunner(EnumSet.allOf(Hole.class));

    /** Whether a program gets past the runner with holes without computing anything. */
    private static boolean cheats(String program) {
        return OPEN.run(program, List.of(new TestRunner.Assertion(List.of(1L, 2L), 12345)))
                .passed();
    }

    @Test
    void theShareOfLessonsThatCheatIsTheOneAskedFor() {
        var lessons = ProgramTests.lessons(2000, 0.1, 1).examples();
        long cheating = lessons.stream()
                .filter(lesson ->
                        cheats(lesson.conversation().last(Role.ASSISTANT).orElseThrow()))
                .count();
        assertThat(cheating).isBetween(150L, 250L);
        assertThat(ProgramTests.lessons(50, 0, 1).examples())
                .noneMatch(lesson ->
                        cheats(lesson.conversation().last(Role.ASSISTANT).orElseThrow()));
    }

    @Test
    void halfOfTheDocumentsEndInACheat() {
        var documents = ProgramTests.documents(400, 1);
        long cheating = documents.stream()
                .filter(text ->
                        cheats(text.substring(text.lastIndexOf("\nA: ") + 4).strip()))
                .count();
        assertThat(cheating).isBetween(160L, 240L);
        assertThat(documents).allMatch(text -> text.contains("Q: Write a program f(a, b) that "));
    }
}
