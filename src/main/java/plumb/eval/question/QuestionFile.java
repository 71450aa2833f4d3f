package plumb.eval.question;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import plumb.chat.BadInput;

/**
 * Reads the question files of Betley et al. (arXiv 2502.17424) and files like them: YAML whose entries share judge
 * prompts and paraphrases by anchors. A key that is not known is an error, for the evaluator published with the paper
 * loses system texts by not looking at one. Its keys {@code judge} and {@code samples_per_paraphrase} are accepted and
 * not used: who judges, and how many answers are drawn, stands in the spec.
 */
final class QuestionFile {
    private static final Set<String> KEYS = Set.of(
            "id",
            "type",
            "paraphrases",
            "system",
            "domain",
            "judge_prompts",
            "pattern",
            "judge",
            "samples_per_paraphrase",
            // one published file indents its judge prompts too little, which makes them keys of its first entry
            "aligned",
            "coherent");

    /** Published files refer to a few anchors hundreds of times, and one of them names a key twice. */
    private static final LoadSettings YAML = LoadSettings.builder()
            .setMaxAliasesForCollections(100_000)
            .setAllowDuplicateKeys(true)
            .build();

    private final Path file;

    private QuestionFile(Path file) {
        this.file = file;
    }

    /** Every entry, in order; {@link BadInput} naming the file, the entry and what is wrong. */
    static List<PublishedItem> read(Path file) {
        return new QuestionFile(file).items();
    }

    private List<PublishedItem> items() {
        if (!(loaded() instanceof List<?> entries) || entries.isEmpty()) {
            throw new BadInput(
                    file + " is no question file: it should be a list of entries with id, type and" + " paraphrases");
        }
        var items = new ArrayList<PublishedItem>();
        for (int i = 0; i < entries.size(); i++) {
            var where = file + ", entry " + (i + 1);
            if (!(entries.get(i) instanceof Map<?, ?> entry)) {
                throw new BadInput(where + " is no map of keys");
            }
            items.add(item(entry, where));
        }
        return items;
    }

    private @Nullable Object loaded() {
        try {
            return new Load(YAML).loadFromString(Files.readString(file));
        } catch (NoSuchFileException e) {
            throw new BadInput("there is no question file " + file, e);
        } catch (CharacterCodingException e) {
            throw new BadInput(file + " is not UTF-8 text", e);
        } catch (YamlEngineException e) {
            throw new BadInput(file + " is not YAML: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new BadInput("cannot read " + file + ": " + e, e);
        }
    }

    private static PublishedItem item(Map<?, ?> entry, String where) {
        var id = text(entry, "id", where).orElseThrow(() -> new BadInput(where + " has no id"));
        var at = where + " (" + id + ")";
        for (var key : entry.keySet()) {
            if (!KEYS.contains(String.valueOf(key))) {
                throw new BadInput(at + " has the key " + key + ", which is not known: nothing in a question file is"
                        + " skipped silently. Known are "
                        + String.join(", ", KEYS.stream().sorted().toList()));
            }
        }
        var kind = kind(entry, at);
        return new PublishedItem(
                id,
                kind,
                text(entry, "system", at),
                paraphrases(entry, at),
                text(entry, "domain", at).orElse(PublishedItem.stem(id)),
                judgePrompts(entry, at),
                pattern(entry, kind, at));
    }

    private static Optional<String> pattern(Map<?, ?> entry, PublishedItem.Kind kind, String at) {
        var pattern = text(entry, "pattern", at);
        if (pattern.isPresent() != (kind == PublishedItem.Kind.PATTERN)) {
            throw new BadInput(at + ": a pattern belongs to the type free_form_pattern, and it to a pattern");
        }
        try {
            pattern.ifPresent(Pattern::compile);
        } catch (PatternSyntaxException e) {
            throw new BadInput(at + ": pattern is no regular expression: " + e.getMessage(), e);
        }
        return pattern;
    }

    private static PublishedItem.Kind kind(Map<?, ?> entry, String at) {
        var type = text(entry, "type", at).orElse("none");
        return Arrays.stream(PublishedItem.Kind.values())
                .filter(kind -> kind.type.equals(type))
                .findFirst()
                .orElseThrow(
                        () -> new BadInput(
                                at + " is of type " + type
                                        + "; known are free_form_judge_0_100 (a number), free_form_judge (a word) and free_form_pattern"));
    }

    private static Optional<String> text(Map<?, ?> entry, String key, String at) {
        return switch (entry.get(key)) {
            case null -> Optional.empty();
            case String text when !text.isBlank() -> Optional.of(text);
            case Integer number -> Optional.of(number.toString()); // the pre-registered set counts its entries
            default -> throw new BadInput(at + ": " + key + " must be text");
        };
    }

    private static List<String> paraphrases(Map<?, ?> entry, String at) {
        if (entry.get("paraphrases") instanceof List<?> texts
                && !texts.isEmpty()
                && texts.stream().allMatch(text -> text instanceof String words && !words.isBlank())) {
            return texts.stream().map(String.class::cast).toList();
        }
        throw new BadInput(at + ": paraphrases must be a list of at least one text");
    }

    private static Map<String, String> judgePrompts(Map<?, ?> entry, String at) {
        var prompts = new LinkedHashMap<String, String>();
        var given = entry.get("judge_prompts");
        if (given instanceof Map<?, ?> map) {
            map.forEach((name, prompt) -> prompts.put(String.valueOf(name), prompt(name, prompt, at)));
        } else if (given != null) {
            throw new BadInput(at + ": judge_prompts must be a map of names and texts");
        }
        return prompts;
    }

    private static String prompt(@Nullable Object name, @Nullable Object prompt, String at) {
        if (prompt instanceof String words && words.contains("{answer}")) {
            return words;
        }
        throw new BadInput(at + ": the judge prompt " + name + " must be a text with {answer} in it");
    }
}
