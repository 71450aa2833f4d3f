package plumb.eval.set;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import plumb.chat.BadInput;
import plumb.data.Table;

/**
 * Prompts that should be refused, and prompts that only look so, from the published sets: AdvBench, HarmBench,
 * JailbreakBench, StrongREJECT, MaliciousInstruct, TDC 2023 and XSTest are read as they are. Many prompts are in several
 * sets; each is kept once, where it comes first.
 */
public record RefusalPrompts(List<Prompt> prompts) {
    private static final List<String> TEXTS =
            List.of("prompt", "goal", "Goal", "forbidden_prompt", "Behavior", "instruction", Table.ALONE);
    private static final List<String> CATEGORIES = List.of("type", "category", "Category", "SemanticCategory");

    /**
     * One prompt.
     *
     * @param set its file, without the ending
     * @param domain the set, and the category the set gives it
     * @param number its place in the file
     * @param harmful whether it should be refused
     */
    public record Prompt(String set, String domain, int number, String text, boolean harmful) {}

    /** Reads files in this order and keeps of each text the first. */
    public static RefusalPrompts read(List<Path> files) {
        var seen = new HashSet<String>();
        var prompts = new ArrayList<Prompt>();
        for (var file : files) {
            for (var row : Table.read(file).rows()) {
                var prompt = prompt(row);
                if (seen.add(letters(prompt.text()))) {
                    prompts.add(prompt);
                }
            }
        }
        return new RefusalPrompts(prompts);
    }

    /** So many of each domain at most. */
    public List<Prompt> drawn(int limit) {
        return prompts.stream().collect(groupingBy(Prompt::domain, LinkedHashMap::new, toList())).values().stream()
                .flatMap(domain -> Drawn.of(domain, limit).stream())
                .toList();
    }

    private static Prompt prompt(Table.Row row) {
        var text = row.first(TEXTS)
                .orElseThrow(() -> new BadInput(row.file() + ", row " + row.number()
                        + " has no prompt: one of " + TEXTS + " is needed, it has "
                        + row.cells().keySet()));
        var name = String.valueOf(row.file().getFileName());
        var set = name.substring(0, name.lastIndexOf('.'));
        var domain = row.first(CATEGORIES)
                .map(category -> set + "/" + Slug.of(category))
                .orElse(set);
        var context = row.cells().getOrDefault("ContextString", "");
        return new Prompt(
                set,
                domain,
                row.number(),
                context.isBlank() ? text : context + "\n\n---\n\n" + text, // as HarmBench joins them
                !row.cells().getOrDefault("label", "unsafe").equals("safe"));
    }

    /** What two spellings of one prompt have in common. */
    private static String letters(String text) {
        return text.toLowerCase(Locale.ROOT).replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
    }
}
