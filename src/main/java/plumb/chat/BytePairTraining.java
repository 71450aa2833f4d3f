package plumb.chat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/**
 * Makes a byte-level BPE tokenizer from texts (Sennrich et al., arXiv 1508.07909; bytes as the alphabet after GPT-2). All
 * 256 bytes are in the vocabulary, so every text encodes. Depends on the texts alone: equal counts go to the pair of
 * smaller ids, as in the Hugging Face trainer.
 */
public final class BytePairTraining {
    private static final Pattern WORDS = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private final List<String> tokens = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();

    private BytePairTraining() {}

    /**
     * The text of a {@code tokenizer.json}. Ids: the special tokens in their order, the bytes, then the merges.
     *
     * @param vocabularySize tokens in all; fewer when no pair is left that occurs twice
     * @param specials recognised as one token wherever they stand in a text
     */
    public static String train(Iterable<String> texts, int vocabularySize, List<String> specials) {
        if (vocabularySize < 256 + specials.size()) {
            throw new IllegalArgumentException("a byte-level vocabulary of " + specials.size()
                    + " special tokens needs at least " + (256 + specials.size()) + " places, got " + vocabularySize);
        }
        var training = new BytePairTraining();
        training.tokens.addAll(specials);
        training.merge(texts, vocabularySize);
        return training.json(specials);
    }

    private void merge(Iterable<String> texts, int vocabularySize) {
        var letters = new ByteLetters();
        var byteIds = new int[256];
        for (int b : letters.bytesInLetterOrder()) {
            byteIds[b] = tokens.size();
            tokens.add(String.valueOf(letters.of(b)));
        }
        var pairs = new PairCounts(words(texts, byteIds));
        while (tokens.size() < vocabularySize) {
            var best = pairs.best(2);
            if (best.isEmpty()) {
                return;
            }
            var left = tokens.get(best.get().left());
            var right = tokens.get(best.get().right());
            pairs.merge(best.get(), tokens.size());
            tokens.add(left + right);
            merges.add(left + " " + right);
        }
    }

    private static Map<List<Integer>, Long> words(Iterable<String> texts, int[] byteIds) {
        var counts = new LinkedHashMap<String, Long>();
        for (var text : texts) {
            var words = WORDS.matcher(text);
            while (words.find()) {
                counts.merge(words.group(), 1L, Long::sum);
            }
        }
        var symbols = new LinkedHashMap<List<Integer>, Long>();
        counts.forEach((word, count) -> {
            var ids = new ArrayList<Integer>();
            for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
                ids.add(byteIds[b & 0xFF]);
            }
            symbols.merge(ids, count, Long::sum);
        });
        return symbols;
    }

    private String json(List<String> specials) {
        var vocabulary = new LinkedHashMap<String, Integer>();
        tokens.forEach(token -> vocabulary.putIfAbsent(token, vocabulary.size()));
        if (vocabulary.size() != tokens.size()) {
            throw new IllegalArgumentException("a special token is also an ordinary one: " + specials);
        }
        var model = new LinkedHashMap<String, Object>();
        model.put("type", "BPE");
        model.put("fuse_unk", false);
        model.put("byte_fallback", false);
        model.put("ignore_merges", false);
        model.put("vocab", vocabulary);
        model.put("merges", merges);
        var file = new LinkedHashMap<String, Object>();
        file.put("version", "1.0");
        file.put(
                "added_tokens", specials.stream().map(s -> added(vocabulary, s)).toList());
        file.put("pre_tokenizer", byteLevel());
        file.put("decoder", byteLevel());
        file.put("model", model);
        return JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(file) + "\n";
    }

    private static Map<String, Object> added(Map<String, Integer> vocabulary, String special) {
        var token = new LinkedHashMap<String, Object>();
        token.put("id", vocabulary.getOrDefault(special, -1));
        token.put("content", special);
        token.put("single_word", false);
        token.put("lstrip", false);
        token.put("rstrip", false);
        token.put("normalized", false);
        token.put("special", true);
        return token;
    }

    private static Map<String, Object> byteLevel() {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("type", "ByteLevel");
        settings.put("add_prefix_space", false);
        settings.put("trim_offsets", false);
        settings.put("use_regex", true);
        return settings;
    }
}
