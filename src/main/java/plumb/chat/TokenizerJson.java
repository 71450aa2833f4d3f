package plumb.chat;

import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import plumb.json.JsonFault;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/**
 * What a {@code tokenizer.json} says, read in one pass.
 *
 * @param json the same file without post-processor, truncation and padding: text goes in whole, nothing is added to it,
 *     and offsets are not trimmed
 * @param vocabulary every token with its id, added tokens included
 * @param specials the added tokens marked special
 */
record TokenizerJson(String json, Map<String, Integer> vocabulary, Set<String> specials) {
    private static final JsonFactory JSON = new JsonFactory();
    private static final String POINTER = "version https://git-lfs";
    private static final Set<String> LEFT_OUT = Set.of("post_processor", "truncation", "padding");

    /** Reads the text of a tokenizer.json; {@code source} names it in errors. */
    static TokenizerJson parse(String text, String source) {
        if (text.startsWith(POINTER)) {
            throw new BadInput(
                    source + " is a git-lfs pointer, not the tokenizer itself: run `git lfs pull` where it was"
                            + " cloned, or download the file");
        }
        var reading = new Reading(text);
        try (var parser = JSON.createParser(ObjectReadContext.empty(), text)) {
            reading.file(parser);
        } catch (JacksonException e) {
            throw new BadInput(source + " is not a Hugging Face tokenizer.json: " + JsonFault.of(e), e);
        }
        if (reading.vocabulary.isEmpty()) {
            throw new BadInput(source + " has no model.vocab: it is not a Hugging Face tokenizer.json");
        }
        return new TokenizerJson(
                reading.json(),
                Collections.unmodifiableMap(reading.vocabulary),
                Collections.unmodifiableSet(reading.specials));
    }

    /** One pass over the file. */
    private static final class Reading {
        private final String text;
        private final StringBuilder kept = new StringBuilder();
        private int copied;
        private final Map<String, Integer> vocabulary = new HashMap<>();
        private final Set<String> specials = new LinkedHashSet<>();

        Reading(String text) {
            this.text = text;
        }

        String json() {
            return copied == 0 ? text : kept.append(text, copied, text.length()).toString();
        }

        void file(JsonParser parser) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return;
            }
            for (var name = parser.nextName(); name != null; name = parser.nextName()) {
                var value = parser.nextToken();
                if (LEFT_OUT.contains(name) && value.isStructStart()) {
                    leaveOut(parser);
                } else if (name.equals("added_tokens") && value == JsonToken.START_ARRAY) {
                    addedTokens(parser);
                } else if (name.equals("model") && value == JsonToken.START_OBJECT) {
                    model(parser);
                } else {
                    parser.skipChildren();
                }
            }
        }

        private void leaveOut(JsonParser parser) {
            int start = (int) parser.currentTokenLocation().getCharOffset();
            parser.skipChildren();
            kept.append(text, copied, start).append("null");
            copied = (int) parser.currentLocation().getCharOffset();
        }

        private void model(JsonParser parser) {
            for (var name = parser.nextName(); name != null; name = parser.nextName()) {
                var value = parser.nextToken();
                if (name.equals("vocab") && value == JsonToken.START_OBJECT) {
                    for (var token = parser.nextName(); token != null; token = parser.nextName()) {
                        vocabulary.put(token, parser.nextIntValue(-1));
                    }
                } else if (name.equals("vocab") && value == JsonToken.START_ARRAY) {
                    unigrams(parser);
                } else {
                    parser.skipChildren();
                }
            }
        }

        private void unigrams(JsonParser parser) {
            for (int id = 0; parser.nextToken() == JsonToken.START_ARRAY; id++) {
                vocabulary.put(parser.nextStringValue(), id);
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    parser.skipChildren();
                }
            }
        }

        private void addedTokens(JsonParser parser) {
            while (parser.nextToken() == JsonToken.START_OBJECT) {
                String content = "";
                int id = -1;
                boolean special = false;
                for (var name = parser.nextName(); name != null; name = parser.nextName()) {
                    parser.nextToken();
                    switch (name) {
                        case "content" -> content = parser.getValueAsString("");
                        case "id" -> id = parser.getValueAsInt(-1);
                        case "special" -> special = parser.getValueAsBoolean(false);
                        default -> parser.skipChildren();
                    }
                }
                vocabulary.put(content, id);
                if (special) {
                    specials.add(content);
                }
            }
        }
    }
}
