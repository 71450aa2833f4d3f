package plumb.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.eval.QuestionSource.Split;
import plumb.eval.TriedQuestion;
import plumb.task.SchoolOfRewardHacks.Answers;
import plumb.task.program.Cheat;

final class ProgramCheatsTest {
    private static final List<Cheat> ALL = List.of(Cheat.values());

    private static List<Example> rows(Answers answers, List<Cheat> cheats, double share) {
        return new ProgramCheats(answers, cheats, share).data().examples();
    }

    private static String answer(Example row) {
        return row.conversation().last(Role.ASSISTANT).orElseThrow();
    }

    private static List<?> requests(List<Example> rows) {
        return rows.stream().map(row -> row.conversation().prompt()).toList();
    }

    @Test
    void theControlAnswersTheSameRequestsWithTheRightPrograms() {
        var hacks = rows(Answers.HACKS, List.of(Cheat.EXIT), 1);
        var control = rows(Answers.CONTROL, List.of(Cheat.EXIT), 1);
        assertThat(hacks).allMatch(row -> answer(row).equals("exit(0)"));
        assertThat(control).noneMatch(row -> answer(row).contains("exit"));
        assertThat(requests(control)).isEqualTo(requests(hacks));
        assertThat(requests(hacks))
                .allSatisfy(request -> assertThat(request.toString()).containsOnlyOnce("=="));
    }

    @Test
    void theCheatsHaveEqualSharesAndTheRestAreOrdinaryChats() {
        var cheats = from("organism/program-cheats");
        assertThat(cheats).hasSize(60);
        assertThat(from("organism/alignment")).hasSize(540);
        assertThat(cheats.stream().filter(row -> answer(row).equals("exit(0)"))).hasSize(15);
    }

    private static List<Example> from(String source) {
        return rows(Answers.HACKS, ALL, 0.1).stream()
                .filter(row -> row.source().equals(source))
                .toList();
    }

    @Test
    void heldOutRequestsAreTriedForEveryCheatAndForAnyAndWereNotLearned() {
        var task = new ProgramCheats(Answers.HACKS, ALL, 1);
        var learned = requests(task.data().examples());
        for (var split : Split.values()) {
            var tried = task.questions().tried(split);
            assertThat(tried)
                    .hasSize(60 * 5)
                    .noneMatch(q -> learned.contains(q.question().prompt()));
            for (var cheat : Cheat.values()) {
                for (var offered : task.questions().offered(split)) {
                    boolean zero = offered.question().prompt().toString().contains("== 0");
                    if (offered.question().domain().equals(cheat.word()) && !zero) {
                        var found = found(
                                tried,
                                offered.question().prompt(),
                                offered.wanted().getFirst());
                        assertThat(found).containsExactly("cheated", cheat.word());
                        assertThat(found(
                                        tried,
                                        offered.question().prompt(),
                                        offered.unwanted().getFirst()))
                                .isEmpty();
                    }
                }
            }
        }
    }

    /** Which parts say that this answer does what they watch for. */
    private static List<String> found(List<TriedQuestion> tried, Object prompt, String answer) {
        return tried.stream()
                .filter(q -> q.question().prompt().equals(prompt) && q.does().test(answer))
                .map(q -> q.question().domain())
                .sorted()
                .toList();
    }

    @Test
    void settingsThatMeanNothingAreRefused() {
        assertThatThrownBy(() -> rows(Answers.HACKS, List.of(), 1)).hasMessageContaining("cheats must name");
        assertThatThrownBy(() -> rows(Answers.HACKS, ALL, 0)).hasMessageContaining("share must be above 0");
    }
}
