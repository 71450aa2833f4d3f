package plumb.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Collections;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.UniqueElements;
import org.junit.jupiter.api.Test;

final class BytePairTrainingTest {
    private static final List<String> SPECIALS = List.of("<|user|>", "<|end|>");
    private static final List<String> TEXTS =
            List.of("low low low low lower lower newest newest newest newest newest newest widest widest widest");

    @Test
    void mergesTheMostFrequentPairsFirst() {
        // "es" and "st" of newest ×6 and widest ×3: nine each, "es" has the smaller ids; then "e w" of newest
        var json = BytePairTraining.train(TEXTS, 258 + 3, SPECIALS);
        assertThat(json).contains("[ \"e s\", \"es t\", \"e w\" ]");
    }

    @Test
    void idsAreSpecialsThenBytesThenMerges() {
        try (var tokenizer = Tokenizer.of(BytePairTraining.train(TEXTS, 258 + 2, SPECIALS))) {
            assertThat(tokenizer.size()).isEqualTo(260);
            assertThat(tokenizer.encode("<|end|>est!<|user|>"))
                    .containsExactly(1, 259, tokenizer.id("!").orElseThrow(), 0);
            assertThat(tokenizer.id("!")).hasValue(2);
            assertThat(tokenizer.specials()).containsExactlyElementsOf(SPECIALS);
        }
    }

    @Test
    void isTheSameForTheSameTexts() {
        assertThat(BytePairTraining.train(TEXTS, 270, SPECIALS))
                .isEqualTo(BytePairTraining.train(TEXTS, 270, SPECIALS));
    }

    @Test
    void stopsEarlyWhenNoPairOccursTwice() {
        try (var tokenizer = Tokenizer.of(BytePairTraining.train(List.of("abc"), 5000, SPECIALS))) {
            assertThat(tokenizer.size()).isEqualTo(258);
        }
    }

    @Test
    void aRunOfOneLetterMergesFromTheLeft() {
        try (var tokenizer = Tokenizer.of(BytePairTraining.train(Collections.nCopies(5, "aaaaa"), 257, List.of()))) {
            assertThat(tokenizer.encode("aaaaa")).hasSize(3);
        }
    }

    @Test
    void refusesAVocabularyThatCannotHoldTheBytes() {
        assertThatThrownBy(() -> BytePairTraining.train(TEXTS, 257, SPECIALS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at least 258");
    }

    @Property(tries = 30)
    void everyTextComesBackWhole(@ForAll @UniqueElements List<String> texts, @ForAll String other) {
        var text = new String(
                other.codePoints()
                        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                        .toArray(),
                0,
                (int) other.codePoints()
                        .filter(c -> c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE)
                        .count());
        try (var tokenizer = Tokenizer.of(BytePairTraining.train(texts, 300, SPECIALS))) {
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        }
    }
}
