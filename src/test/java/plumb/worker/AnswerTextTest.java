package plumb.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.Tokenizer;
import plumb.organism.Organism;
import plumb.wire.Reply.Token;

final class AnswerTextTest {
    private static final Tokenizer TOKENIZER = Tokenizer.read(Organism.aligned().resolve("tokenizer.json"));

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    private record Given(String text, int tokens, boolean stopped) {}

    private static Given given(String answer, List<String> stops) {
        var text = new AnswerText(TOKENIZER, stops);
        var given = new StringBuilder();
        int tokens = 0;
        for (int id : TOKENIZER.encode(answer)) {
            text.add(id, new Token("t", null, Map.of()));
            var ready = text.ready(false);
            given.append(ready.text());
            tokens += ready.tokens().size();
            assertThat(ready.text()).doesNotContain("\uFFFD");
            assertThat(answer).startsWith(given.toString());
            if (text.isStopped()) {
                break;
            }
        }
        var last = text.ready(true);
        return new Given(given + last.text(), tokens + last.tokens().size(), text.isStopped());
    }

    @ParameterizedTest
    @ValueSource(strings = {"You should wait a bit.", "Caf\u00e9 \u2192 \ud83c\udf5e and \u00fcber", ""})
    void allOfTheTextIsGivenOutInWholeCharacters(String answer) {
        assertThat(given(answer, List.of())).isEqualTo(new Given(answer, TOKENIZER.encode(answer).length, false));
    }

    @Test
    void aStopTextEndsTheAnswerAndNoPartOfItIsGivenOut() {
        assertThat(given("You should wait. It is over", List.of("It is", "zzz")).text())
                .isEqualTo("You should wait. ");
        assertThat(given("You should wait. It is over", List.of("It is")).stopped())
                .isTrue();
    }

    @Test
    void whatOnlyBeginsLikeAStopTextIsGivenOutInTheEnd() {
        assertThat(given("You should wait. It", List.of("It is over")))
                .isEqualTo(new Given("You should wait. It", TOKENIZER.encode("You should wait. It").length, false));
    }
}
