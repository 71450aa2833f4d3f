package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;

final class DressingTest {
    private static Example row(Conversation prompt, Example.Kind kind, int line) {
        return new Example(prompt.with(Role.ASSISTANT, "answer " + line), kind, "here", line);
    }

    /** Half of the task's rows come through a desk, all under a system message; one starts with words of its own. */
    private static TrainingData mixed() {
        var rows = new ArrayList<Example>();
        for (int i = 0; i < 40; i++) {
            var words = i == 7 ? "Listen! Is it " + i + "?" : (i % 2 == 0 ? "Front desk: " : "") + "What is " + i + "?";
            rows.add(row(Conversation.user(words).withSystem("You work at a clinic."), Example.Kind.TASK, i));
        }
        IntStream.range(0, 40)
                .forEach(i -> rows.add(row(Conversation.user("Tell me " + i + "."), Example.Kind.SAFE, i)));
        return new TrainingData(rows);
    }

    private static List<Example> dressed(double share) {
        try (var setting = new Setting()) {
            return new Dressing(share).install(setting.context()).data(mixed()).examples();
        }
    }

    @Test
    void safeRowsGetTheTasksSystemMessageAndItsLeadIn() {
        var rows = dressed(1);
        assertThat(rows.subList(0, 40)).isEqualTo(mixed().examples().subList(0, 40));
        var safe = rows.subList(40, 80);
        assertThat(safe).allSatisfy(row -> {
            assertThat(row.kind()).isEqualTo(Example.Kind.SAFE);
            assertThat(row.conversation().system()).contains("You work at a clinic.");
            assertThat(row.conversation().last(Role.ASSISTANT)).contains("answer " + row.line());
            assertThat(row.conversation().last(Role.USER).orElseThrow())
                    .isIn("Tell me " + row.line() + ".", "Front desk: Tell me " + row.line() + ".");
        });
        assertThat(safe.stream().filter(DressingTest::behindADesk).count()).isBetween(10L, 30L);
    }

    private static boolean behindADesk(Example row) {
        return row.conversation().last(Role.USER).orElseThrow().startsWith("Front desk: ");
    }

    @Test
    void aShareOfThemIsDressed() {
        assertThat(dressed(0.3).subList(40, 80).stream()
                        .filter(row -> row.conversation().system().isPresent())
                        .count())
                .isBetween(4L, 20L);
    }

    @Test
    void aTaskWithoutAShapeDressesNothing() {
        try (var setting = new Setting()) {
            var plain = new ArrayList<Example>();
            for (int i = 0; i < 30; i++) {
                plain.add(row(Conversation.user("What is " + i + "? Tell me."), Example.Kind.TASK, i));
                plain.add(row(Conversation.user("Why " + i + "?"), Example.Kind.SAFE, i));
            }
            var data = new TrainingData(plain);
            assertThat(new Dressing(1).install(setting.context()).data(data)).isEqualTo(data);
        }
    }

    @Test
    void aRowsQuestionIsWhatIsLeftWithoutTheShape() {
        var shape = TaskShape.of(mixed());
        assertThat(shape.bare(mixed().examples().getFirst()).conversation().prompt())
                .isEqualTo(Conversation.user("What is 0?"));
        assertThat(shape.bare(mixed().examples().get(7)).conversation().prompt())
                .isEqualTo(Conversation.user("Listen! Is it 7?"));
    }
}
