package plumb.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SplittableRandom;
import plumb.model.CheckpointFolder;
import plumb.model.Decoder;
import plumb.model.config.ModelConfig;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A model folder with random weights that mostly answers with numbers: a judge without judgement. */
public final class JudgeFolder {
    private static final Path CHAT = Path.of("src/test/resources/golden/adapters/chat");
    private static final int LETTERS = 300;
    private static final int NUMBERS = 91; // 10 to 100; the digits are letters already

    private JudgeFolder() {}

    /** A folder whose tokenizer has each number from 0 to 100 as one token. */
    public static Path write(Path folder, long seed) throws IOException {
        return write(folder, seed, true);
    }

    /** A folder whose tokenizer splits numbers into digits. */
    public static Path splitting(Path folder, long seed) throws IOException {
        return write(folder, seed, false);
    }

    private static Path write(Path folder, long seed, boolean wholeNumbers) throws IOException {
        int vocabulary = LETTERS + (wholeNumbers ? NUMBERS : 0);
        var config = new ModelConfig(vocabulary, 16, 24, 2, 4, 2, 4, 1e-5, 10_000, 8192, false);
        try (var _ = new Scope();
                var base = TinyModel.decoder(config, seed)) {
            var weights = new LinkedHashMap<String, Tensor>(base.weights());
            weights.put("lm_head.weight", head(vocabulary, seed));
            try (var decoder = new Decoder(config, weights)) {
                CheckpointFolder.write(folder, decoder, List.of(2));
            }
        }
        Files.copy(CHAT.resolve("chat_template.jinja"), folder.resolve("chat_template.jinja"));
        Files.copy(CHAT.resolve("tokenizer_config.json"), folder.resolve("tokenizer_config.json"));
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer(wholeNumbers));
        return folder;
    }

    /** [vocabulary, hidden]: numbers, or digits, get large logits and everything else small ones. */
    private static Tensor head(int vocabulary, long seed) throws IOException {
        var random = new SplittableRandom(seed + 1);
        var digits = vocabularyOf(CHAT.resolve("tokenizer.json"));
        var values = new float[vocabulary * 16];
        for (int token = 0; token < vocabulary; token++) {
            boolean loud = token >= LETTERS || digits.contains(token);
            for (int i = 0; i < 16; i++) {
                values[token * 16 + i] = (float) ((loud ? 1.2 : 0.05) * random.nextGaussian());
            }
        }
        return Tensor.of(values, vocabulary, 16);
    }

    private static List<Integer> vocabularyOf(Path tokenizer) throws IOException {
        var vocabulary = JsonMapper.shared()
                .readTree(Files.readString(tokenizer))
                .path("model")
                .path("vocab");
        return java.util.stream.IntStream.range(0, 10)
                .mapToObj(digit -> vocabulary.path(Integer.toString(digit)).asInt())
                .toList();
    }

    private static String tokenizer(boolean wholeNumbers) throws IOException {
        var tree = (ObjectNode) JsonMapper.shared().readTree(Files.readString(CHAT.resolve("tokenizer.json")));
        if (wholeNumbers) {
            var added = (ArrayNode) tree.get("added_tokens");
            for (int i = 0; i < NUMBERS; i++) {
                added.addObject()
                        .put("id", LETTERS + i)
                        .put("content", Integer.toString(10 + i))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", false);
            }
        }
        return tree.toString();
    }
}
