package plumb.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Training and encoding agree with the Hugging Face library, token for token. */
final class TokenizerGoldenTest {
    private static final JsonNode GOLDENS = JsonMapper.shared()
            .readTree(
                    Path.of("src/test/resources/golden/tokenizer/goldens.json").toFile());
    private static final String TRAINED = BytePairTraining.train(strings("texts"), 420, strings("specials"));

    @Test
    void trainingMakesTheSameVocabularyAndMerges() {
        var model = JsonMapper.shared().readTree(TRAINED).get("model");
        assertThat(model.get("merges")).isEqualTo(GOLDENS.get("merges"));
        assertThat(model.get("vocab")).isEqualTo(GOLDENS.get("vocab"));
    }

    @Test
    void encodingGivesTheSameIdsAndPlaces() {
        try (var tokenizer = Tokenizer.of(TRAINED)) {
            for (var golden : GOLDENS.get("encodings")) {
                var text = golden.get("text").asString();
                var encoded = tokenizer.encodeWithOffsets(text);
                assertThat(encoded.ids()).as(text).containsExactly(ints(golden.get("ids")));
                for (int i = 0; i < encoded.ids().length; i++) {
                    var offsets = golden.get("offsets").get(i);
                    assertThat(encoded.starts()[i]).as(text).isEqualTo(chars(text, offsets.get(0)));
                    assertThat(encoded.ends()[i]).as(text).isEqualTo(chars(text, offsets.get(1)));
                }
            }
        }
    }

    /** Python counts characters, Java counts UTF-16 units. */
    private static int chars(String text, JsonNode characters) {
        return text.offsetByCodePoints(0, characters.asInt());
    }

    private static List<String> strings(String key) {
        var strings = new ArrayList<String>();
        GOLDENS.get(key).forEach(node -> strings.add(node.asString()));
        return strings;
    }

    private static int[] ints(JsonNode array) {
        return array.values().stream().mapToInt(JsonNode::asInt).toArray();
    }
}
