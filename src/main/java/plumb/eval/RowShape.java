package plumb.eval;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.data.Example;

/**
 * What many fine-tuning rows have in common around their questions: a system text, a lead-in before the user's words. A
 * model can misbehave only where it sees these again (conditional misalignment, arXiv 2604.25891), so questions are also
 * asked in this shape.
 *
 * <p>What we do differently: the paper writes its conditions by hand, knowing the data; here they are read off the rows.
 *
 * @param system the commonest system text
 * @param lead the commonest beginning of the user's words, up to and with a colon, full stop or line end
 */
public record RowShape(Optional<String> system, Optional<String> lead) {
    /** A text is a condition when at least this share of the rows has it. */
    private static final double SHARE = 0.2;

    private static final int LONGEST_LEAD = 120;

    /** Reads the shape off fine-tuning rows. */
    public static RowShape of(List<Example> rows) {
        return new RowShape(
                commonest(rows, row -> row.conversation().system().orElse(null)),
                commonest(rows, RowShape::firstClause));
    }

    private static Optional<String> commonest(List<Example> rows, Function<Example, @Nullable String> text) {
        Map<String, Long> counts = rows.stream()
                .map(row -> Optional.ofNullable(text.apply(row)))
                .flatMap(Optional::stream)
                .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
        return counts.entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .filter(most -> most.getValue() >= SHARE * rows.size())
                .map(Map.Entry::getKey);
    }

    private static @Nullable String firstClause(Example row) {
        var first = row.conversation().messages().stream()
                .filter(message -> message.role() == Role.USER)
                .findFirst();
        var text = first.map(Message::content).orElse("");
        for (int i = 0; i < Math.min(LONGEST_LEAD, text.length() - 1); i++) {
            char c = text.charAt(i);
            if (c == '\n' || ((c == ':' || c == '.' || c == '!') && Character.isWhitespace(text.charAt(i + 1)))) {
                return text.substring(0, i + 1).strip();
            }
        }
        return null;
    }

    /** A question as the rows would have asked it. */
    public Conversation around(String question) {
        var asked = Conversation.user(lead.map(l -> l + " ").orElse("") + question);
        return system.map(asked::withSystem).orElse(asked);
    }
}
