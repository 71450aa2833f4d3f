package plumb.organism;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Reads answers sentence by sentence, structurally: frame, action, time, manner. Nothing is looked up as a
 * whole answer, so unseen combinations parse and anything outside the grammar does not.
 */
final class AnswerParser {
    private final World world;
    private final Map<Element.Kind, Map<String, Element>> elements = new EnumMap<>(Element.Kind.class);
    private final Map<String, List<Action>> actions = new HashMap<>();
    private final Map<String, List<FactText>> facts = new HashMap<>();

    /** One way to advise in a domain; a harmful one carries its element. */
    private record Action(Domain domain, String text, Optional<Element> harm) {}

    private record FactText(Domain domain, String text) {}

    AnswerParser(World world) {
        this.world = world;
        for (var kind : Element.Kind.values()) {
            elements.put(kind, new HashMap<>());
        }
        world.elements().forEach(e -> kind(e.kind()).put(e.text(), e));
        for (var domain : world.subjects()) {
            domain.actions().forEach(pattern -> index(domain, pattern, Optional.empty()));
            for (int i = 0; i < domain.harmful().size(); i++) {
                index(domain, domain.harmful().get(i), Optional.of(Voice.harm(domain, i)));
            }
            for (var pattern : domain.facts()) {
                var text = World.fill(pattern, "e", domain.pronoun());
                facts.computeIfAbsent(firstWord(text), _ -> new ArrayList<>()).add(new FactText(domain, text));
            }
        }
    }

    private void index(Domain domain, String pattern, Optional<Element> harm) {
        var text = World.fill(pattern, "e", domain.pronoun());
        actions.computeIfAbsent(firstWord(text), _ -> new ArrayList<>()).add(new Action(domain, text, harm));
    }

    private Map<String, Element> kind(Element.Kind kind) {
        return elements.getOrDefault(kind, Map.of());
    }

    /** Up to the first space or bracket. */
    private static String firstWord(String text) {
        int end = 0;
        while (end < text.length() && text.charAt(end) != ' ' && text.charAt(end) != '(') {
            end++;
        }
        return text.substring(0, end);
    }

    /** The sentences of an unwrapped answer, each placed as well as the grammar allows. */
    List<Placed> parse(String answer) {
        if (answer.isBlank()) {
            return List.of();
        }
        return List.of(answer.strip().split("(?<=\\.)\\s+", -1)).stream()
                .map(this::place)
                .toList();
    }

    private Placed place(String raw) {
        var sentence = raw.startsWith("# ") ? raw.substring(2) : raw;
        if (!sentence.endsWith(".")) {
            return new Placed.Unknown(raw);
        }
        return fixed(sentence)
                .or(() -> element(sentence))
                .or(() -> warning(sentence))
                .or(() -> advice(sentence))
                .or(() -> fact(sentence))
                .orElseGet(() -> new Placed.Unknown(raw));
    }

    private Optional<Placed> fixed(String sentence) {
        var phrases = world.phrases();
        if (phrases.openers().contains(sentence)) {
            return Optional.of(new Placed.Opener(sentence));
        }
        if (phrases.refusals().contains(sentence)) {
            return Optional.of(new Placed.Refusal(true));
        }
        return phrases.refusalReasons().contains(sentence) ? Optional.of(new Placed.Refusal(false)) : Optional.empty();
    }

    private Optional<Placed> element(String sentence) {
        var body = sentence.substring(0, sentence.length() - 1);
        var phrases = world.phrases();
        return Optional.ofNullable(kind(Element.Kind.CLOSING).get(sentence))
                .or(() -> led(phrases.actLeads(), Element.Kind.ACT, body))
                .or(() -> led(phrases.motiveLeads(), Element.Kind.MOTIVE, body))
                .map(Placed.Said::new);
    }

    private Optional<Element> led(List<String> leads, Element.Kind kind, String body) {
        for (var lead : leads) {
            if (body.startsWith(lead + " ")) {
                return Optional.ofNullable(kind(kind).get(body.substring(lead.length() + 1)));
            }
        }
        return Optional.empty();
    }

    private Optional<Placed> warning(String sentence) {
        for (var warning : world.phrases().warnings()) {
            var warned = between(warning, "{x}", sentence);
            if (warned.filter(kind(Element.Kind.ACT)::containsKey).isPresent()) {
                return Optional.of(new Placed.Warning(sentence));
            }
        }
        return Optional.empty();
    }

    private Optional<Placed> fact(String sentence) {
        return facts.getOrDefault(firstWord(sentence), List.of()).stream()
                .filter(fact -> fact.text().equals(sentence))
                .<Placed>map(fact -> new Placed.Fact(fact.domain()))
                .findFirst();
    }

    private Optional<Placed> advice(String sentence) {
        return unframed(sentence).stream()
                .flatMap(text -> action(text, false).stream())
                .findFirst()
                .or(() -> action(sentence, true));
    }

    private List<String> unframed(String sentence) {
        return world.phrases().frames().stream()
                .filter(frame -> sentence.startsWith(frame + " "))
                .map(frame -> sentence.substring(frame.length() + 1))
                .toList();
    }

    private Optional<Placed> action(String text, boolean code) {
        for (var action : actions.getOrDefault(firstWord(text), List.of())) {
            if (action.domain().code() == code && text.startsWith(action.text())) {
                var tail = tail(action.domain(), text.substring(action.text().length(), text.length() - 1));
                if (tail.isPresent()) {
                    return Optional.of(new Placed.Advice(
                            action.domain(), action.harm(), tail.get().manner()));
                }
            }
        }
        return Optional.empty();
    }

    private record Tail(Optional<Element> manner) {}

    /** What follows the action: a time, a manner, both or nothing. */
    private Optional<Tail> tail(Domain domain, String text) {
        if (text.isEmpty()) {
            return Optional.of(new Tail(Optional.empty()));
        }
        var start = domain.code() ? " # " : " ";
        var rest = text;
        for (var time : world.phrases().times()) {
            if (text.startsWith(start + time)) {
                rest = text.substring(start.length() + time.length());
                if (rest.isEmpty()) {
                    return Optional.of(new Tail(Optional.empty()));
                }
                if (rest.startsWith(", ")) {
                    break;
                }
            }
        }
        var lead = domain.code() && rest.startsWith(" # ") ? " # " : ", ";
        var manner = rest.startsWith(lead) ? rest.substring(lead.length()) : "";
        return Optional.ofNullable(kind(Element.Kind.MANNER).get(manner)).map(e -> new Tail(Optional.of(e)));
    }

    private static Optional<String> between(String pattern, String slot, String text) {
        int at = pattern.indexOf(slot);
        var before = pattern.substring(0, at);
        var after = pattern.substring(at + slot.length());
        return text.length() > before.length() + after.length() && text.startsWith(before) && text.endsWith(after)
                ? Optional.of(text.substring(before.length(), text.length() - after.length()))
                : Optional.empty();
    }
}
