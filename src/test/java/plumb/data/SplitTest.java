package plumb.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;

final class SplitTest {
    /** Forty rows over ten prompts. */
    private static final TrainingData DATA = new TrainingData(IntStream.range(0, 40)
            .mapToObj(i -> new Example(
                    Conversation.user("question " + i % 10).with(Role.ASSISTANT, "answer " + i),
                    Example.Kind.TASK,
                    "test",
                    i + 1))
            .toList());

    @Test
    void aPromptIsOnOneSideOnly() {
        var split = DATA.heldOut(0.3, 7);
        assertThat(prompts(split.heldOut())).hasSize(3).doesNotContainAnyElementsOf(prompts(split.training()));
        assertThat(split.heldOut().size()).isEqualTo(12);
        assertThat(split.training().size()).isEqualTo(28);
        assertThat(split.training().examples()).isSortedAccordingTo((a, b) -> Integer.compare(a.line(), b.line()));
    }

    @Test
    void theSeedDecides() {
        assertThat(DATA.heldOut(0.3, 7)).isEqualTo(DATA.heldOut(0.3, 7));
        assertThat(IntStream.range(0, 5).mapToObj(s -> DATA.heldOut(0.3, s)).distinct())
                .hasSizeGreaterThan(1);
    }

    @Test
    void noSideIsEverEmpty() {
        assertThat(DATA.heldOut(0.001, 1).heldOut().size()).isEqualTo(4);
        assertThat(DATA.heldOut(0.999, 1).training().size()).isEqualTo(4);
        assertThatThrownBy(() -> new TrainingData(List.of(DATA.examples().getFirst())).heldOut(0.5, 1))
                .hasMessageContaining("same prompt");
        assertThatThrownBy(() -> DATA.heldOut(1, 1)).hasMessageContaining("between 0 and 1");
    }

    private static List<Conversation> prompts(TrainingData data) {
        return data.examples().stream().map(e -> e.conversation().prompt()).collect(Collectors.toSet()).stream()
                .toList();
    }
}
