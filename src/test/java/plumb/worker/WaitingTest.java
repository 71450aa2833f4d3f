package plumb.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import plumb.wire.Command.Ask;
import plumb.wire.Command.Drawing;
import plumb.wire.Command.Prompt;

final class WaitingTest {
    private final Waiting waiting = new Waiting(4096);
    private final List<Ask> active = new ArrayList<>();
    private long last;

    private Ask add(String who, int answers, @Nullable Integer tokens) {
        var drawing = new Drawing(answers, tokens, 1, 1, 1, List.of(), null, false);
        var ask = new Ask(++last, who, null, new Prompt(null, "Hi", null), drawing);
        waiting.add(ask);
        return ask;
    }

    private List<String> begun() {
        var begun = new ArrayList<String>();
        for (var next = waiting.next(active); next.isPresent(); next = waiting.next(active)) {
            active.add(next.get());
            begun.add(next.get().who());
        }
        return begun;
    }

    @Test
    void oneAskerNeverTakesAllPlacesAndAnotherIsAnsweredAtOnce() {
        for (int i = 0; i < 2048; i++) {
            add("loud", 1, 100);
        }
        assertThat(begun()).hasSize(24);
        add("quiet", 1, 100);
        assertThat(begun()).containsExactly("quiet");
        assertThat(waiting.isEmpty()).isFalse();
    }

    @Test
    void askersAreServedInTurn() {
        for (int i = 0; i < 30; i++) {
            add("first", 1, 100);
        }
        add("second", 1, 100);
        add("third", 1, 100);
        add("second", 1, 100);
        assertThat(begun().subList(0, 4)).containsExactly("first", "second", "third", "first");
    }

    @Test
    void placesCountAndNotRequestsAlone() {
        for (int i = 0; i < 4; i++) {
            add("long", 8, 4000); // 32,000 places each, 65,536 for one
            add("other", 8, 4000);
            add("third", 8, 4000);
        }
        assertThat(begun()).hasSize(4).containsOnly("long", "other", "third"); // 131,072 for all
    }

    @Test
    void aRequestThatIsTooLargeForAnyShareIsServedAlone() {
        add("huge", 128, null);
        add("huge", 1, 10);
        assertThat(begun()).containsExactly("huge");
        active.clear();
        assertThat(begun()).containsExactly("huge");
        assertThat(waiting.isEmpty()).isTrue();
    }

    @Test
    void whatIsForgottenIsNotServed() {
        var gone = add("one", 1, 10);
        add("one", 1, 20);
        waiting.forget(gone.id());
        begun();
        assertThat(active).singleElement().matches(ask -> ask.id() != gone.id());
        waiting.forget(last);
        assertThat(waiting.isEmpty()).isTrue();
    }
}
