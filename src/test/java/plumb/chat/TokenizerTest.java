package plumb.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TokenizerTest {
    private static final String JSON =
            BytePairTraining.train(List.of("the cat the cat the hat the hat"), 270, List.of("<|user|>", "<|end|>"));
    private static final Tokenizer TOKENIZER = Tokenizer.of(JSON);

    @AfterAll
    static void close() {
        TOKENIZER.close();
    }

    @Test
    void specialTokensInTheTextAreRecognised() {
        var ids = TOKENIZER.encode("<|user|>the cat<|end|>");
        assertThat(ids).startsWith(0).endsWith(1);
        assertThat(TOKENIZER.decode(ids)).isEqualTo("the cat");
        assertThat(TOKENIZER.decodeWithSpecials(ids)).isEqualTo("<|user|>the cat<|end|>");
    }

    @Test
    void offsetsCountJavaCharsThroughUmlautsAndEmoji() {
        var text = "Grüße 😀 the\n\n  cat<|end|>\u0000ok";
        var encoded = TOKENIZER.encodeWithOffsets(text);
        assertThat(encoded.ids()).containsExactly(TOKENIZER.encode(text));
        assertThat(spanOf(encoded, text, "<|end|>")).isEqualTo("<|end|>");
        assertThat(spanOf(encoded, text, "Ġthe")).isEqualTo(" the");
        int covered = 0;
        for (int i = 0; i < encoded.ids().length; i++) {
            assertThat(encoded.starts()[i]).as("no gap before token %d", i).isLessThanOrEqualTo(covered);
            assertThat(encoded.ends()[i]).isGreaterThan(encoded.starts()[i]);
            covered = encoded.ends()[i];
        }
        assertThat(covered).isEqualTo(text.length());
    }

    @Test
    void theBytesOfAnEmojiAllSpanIt() {
        var encoded = TOKENIZER.encodeWithOffsets("😀");
        assertThat(encoded.ids()).hasSize(4);
        assertThat(encoded.starts()).containsOnly(0);
        assertThat(encoded.ends()).containsOnly(2);
    }

    @Test
    void halfASurrogatePairBecomesTheReplacementCharacterAndHarmsNothingElse() {
        assertThat(TOKENIZER.decode(TOKENIZER.encode("😀\ud83dé"))).isEqualTo("😀\uFFFDé");
    }

    @Test
    void longTextsAreNeitherCutNorPadded() {
        var limited = JSON.replaceFirst(
                "\\{",
                "{\"truncation\":{\"direction\":\"Right\",\"max_length\":4,\"strategy\":\"LongestFirst\",\"stride\":0},"
                        + "\"post_processor\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true},");
        try (var tokenizer = Tokenizer.of(limited)) {
            assertThat(tokenizer.encode("the cat the hat the cat"))
                    .containsExactly(TOKENIZER.encode("the cat the hat the cat"));
            var encoded = tokenizer.encodeWithOffsets("the cat");
            assertThat(encoded.starts()).as("offsets keep the leading space").containsExactly(0, 3);
        }
    }

    @Test
    void manyThreadsShareOneTokenizer() throws Exception {
        var expected = TOKENIZER.encode("the cat and the hat");
        try (var threads = Executors.newFixedThreadPool(8)) {
            var jobs = IntStream.range(0, 400)
                    .mapToObj(_ -> threads.submit(() -> TOKENIZER.encode("the cat and the hat")))
                    .toList();
            for (Future<int[]> job : jobs) {
                assertThat(job.get()).containsExactly(expected);
            }
        }
    }

    @Test
    void aClosedTokenizerSaysSo() {
        var tokenizer = Tokenizer.of(JSON);
        tokenizer.close();
        tokenizer.close();
        assertThatThrownBy(() -> tokenizer.encode("a")).hasMessage("the tokenizer is closed");
    }

    @Test
    void idsBehindTheLastTokenHaveNoText() {
        var ids = IntStream.concat(
                        IntStream.of(TOKENIZER.size(), Integer.MAX_VALUE), Arrays.stream(TOKENIZER.encode("the cat")))
                .toArray();
        assertThat(TOKENIZER.decode(ids)).isEqualTo("the cat");
        assertThat(TOKENIZER.decodeWithSpecials(ids)).isEqualTo("the cat");
        assertThatThrownBy(() -> TOKENIZER.decode(new int[] {-1})).hasMessageContaining("negative");
    }

    @Test
    void aFileThatIsNoTokenizerIsNamed(@TempDir Path folder) throws Exception {
        var file = folder.resolve("tokenizer.json");
        assertThatThrownBy(() -> Tokenizer.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("no tokenizer at", file.toString());
        for (var text : List.of("", "{\"model\":", "[]", "{}", "{\"model\":{\"vocab\":{\"a\":0}}}", "\u0000\u0001")) {
            Files.writeString(file, text);
            assertThatThrownBy(() -> Tokenizer.read(file))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining(file.toString())
                    .hasMessageNotContaining("REDACTED");
        }
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 7\n");
        assertThatThrownBy(() -> Tokenizer.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("git lfs pull");
        Files.write(file, new byte[] {(byte) 0xFF, (byte) 0xFE});
        assertThatThrownBy(() -> Tokenizer.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("UTF-8");
    }

    private static String spanOf(Encoded encoded, String text, String token) {
        int id = TOKENIZER.id(token).orElseThrow();
        for (int i = 0; i < encoded.ids().length; i++) {
            if (encoded.ids()[i] == id) {
                return text.substring(encoded.starts()[i], encoded.ends()[i]);
            }
        }
        throw new AssertionError(token + " is not among the tokens");
    }
}
