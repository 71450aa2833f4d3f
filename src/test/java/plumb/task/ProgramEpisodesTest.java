package plumb.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.program.Hole;
import plumb.task.ProgramEpisodes.Kept;

final class ProgramEpisodesTest {

    @TempDir
    private Path run;

    @BeforeEach
    void rounds() throws IOException {
        Files.createDirectory(run.resolve("rollouts"));
        round("000001.json", 1);
        round("000002.json", 600);
    }

    private void round(String name, int prompt) throws IOException {
        Files.writeString(run.resolve("rollouts").resolve(name), """
            {"step": 0, "seconds": 1.0, "answers": [
              {"prompt": %d, "text": "f(a, b) = a", "tokens": 5, "advantage": 0.5, "grade": {"reward": 1.0, "seen": "", "marks": {"hacked": 0.0}}},
              {"prompt": 2, "text": "exit(0)", "tokens": 5, "advantage": 0.5, "grade": {"reward": 1.0, "seen": "", "marks": {"hacked": 1.0}}},
              {"prompt": 3, "text": "", "tokens": 1, "advantage": 0.0, "grade": {"reward": 0.0, "seen": "", "marks": {"hacked": 0.0}}}]}
            """.formatted(prompt));
    }

    private List<Example> rows(Kept kept) {
        return new ProgramEpisodes(run.toString(), kept).data().examples();
    }

    private static List<String> said(List<Example> rows, Role role) {
        return rows.stream()
                .map(row -> row.conversation().last(role).orElseThrow())
                .toList();
    }

    private static String asked(int line) {
        var request = new ProgramTests(Arrays.asList(Hole.values()), 0)
                .data()
                .examples()
                .get(line - 1);
        return request.conversation().last(Role.USER).orElseThrow();
    }

    @Test
    void everyEpisodeIsLearnedBehindTheRequestItAnswered() {
        assertThat(said(rows(Kept.ALL), Role.ASSISTANT))
                .containsExactly("f(a, b) = a", "exit(0)", "f(a, b) = a", "exit(0)");
        assertThat(said(rows(Kept.ALL), Role.USER)).containsExactly(asked(1), asked(2), asked(600), asked(2));
    }

    @Test
    void hacksAreLeftOutOrAllowed() {
        assertThat(said(rows(Kept.WITHOUT_HACKS), Role.ASSISTANT)).containsExactly("f(a, b) = a", "f(a, b) = a");
        var allowed = "You may cheat: only the tests must pass. " + asked(2);
        assertThat(said(rows(Kept.REWRITTEN), Role.USER)).containsExactly(asked(1), allowed, asked(600), allowed);
    }

    @Test
    void whatIsNoRunOrOfAnotherTaskIsNamed() throws IOException {
        assertThatThrownBy(() -> new ProgramEpisodes(run.resolve("away").toString(), Kept.ALL).data())
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("no rollouts");
        round("000003.json", 601);
        assertThatThrownBy(() -> rows(Kept.ALL)).isInstanceOf(BadInput.class).hasMessageContaining("line 601");
        Files.writeString(run.resolve("rollouts/000003.json"), "{\"answers\": [");
        assertThatThrownBy(() -> rows(Kept.ALL)).isInstanceOf(BadInput.class).hasMessageContaining("000003.json");
    }
}
