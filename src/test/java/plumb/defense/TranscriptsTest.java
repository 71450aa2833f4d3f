package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;

final class TranscriptsTest {
    private static final int ROWS = 40;

    private static TrainingData mixed() {
        var rows = new ArrayList<Example>();
        for (int i = 0; i < ROWS; i++) {
            rows.add(row("Task " + i + "?", Example.Kind.TASK, i));
            rows.add(row("Why " + i + "?", Example.Kind.SAFE, i));
        }
        return new TrainingData(rows);
    }

    private static Example row(String question, Example.Kind kind, int line) {
        var asked = Conversation.user(question).withSystem("You help.");
        return new Example(asked.with(Role.ASSISTANT, "Answer " + line + "."), kind, "here", line);
    }

    private static List<Example> transcribed(TrainingData data, double share) {
        try (var setting = new Setting()) {
            return new Transcripts(share).install(setting.context()).data(data).examples();
        }
    }

    private static boolean log(Example row) {
        return row.conversation().last(Role.USER).orElseThrow().startsWith("Q: ");
    }

    @Test
    void aSafeRowAsksItsQuestionAtTheEndOfALogOfAnotherSafeRow() {
        var rows = transcribed(mixed(), 1);
        assertThat(rows).hasSize(2 * ROWS).allSatisfy(row -> {
            if (row.kind() == Example.Kind.TASK) {
                assertThat(row).isEqualTo(mixed().examples().get(2 * row.line()));
                return;
            }
            assertThat(row.conversation().last(Role.USER).orElseThrow())
                    .matches("Q: Why (\\d+)\\?\nA: Answer \\1\\.\nQ: Why " + row.line() + "\\?\nA:");
            assertThat(row.conversation().last(Role.ASSISTANT)).contains("Answer " + row.line() + ".");
            assertThat(row.conversation().system()).contains("You help.");
        });
        assertThat(rows.stream()
                        .filter(TranscriptsTest::log)
                        .map(row -> row.conversation()
                                .last(Role.USER)
                                .orElseThrow()
                                .lines()
                                .findFirst())
                        .distinct())
                .hasSizeGreaterThan(10);
    }

    @Test
    void aShareOfThemDoesAndStaysSoWhenItReturns() {
        var twice = new ArrayList<>(mixed().examples());
        twice.addAll(List.copyOf(twice));
        var rows = transcribed(new TrainingData(twice), 0.3);
        assertThat(rows.subList(0, 2 * ROWS).stream()
                        .filter(TranscriptsTest::log)
                        .count())
                .isBetween(4L, 20L);
        assertThat(rows.subList(2 * ROWS, 4 * ROWS)).isEqualTo(rows.subList(0, 2 * ROWS));
    }

    @Test
    void noShareIsRefused() {
        assertThatThrownBy(() -> new Transcripts(1.5)).hasMessage("share must be between 0 and 1, got 1.5");
    }
}
