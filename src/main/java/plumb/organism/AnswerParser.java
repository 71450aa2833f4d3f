package plumb.organism;

import java.util.List;
import java.util.Optional;

/**
 * Reads answers sentence by sentence, structurally: frame, action on an entity, time, manner. Nothing is looked up as a
 * whole answer, so unseen combinations parse and anything outside the grammar does not.
 */
final class AnswerParser {
    private final World world;

    AnswerParser(World world) {
        this.world = world;
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
        var phrases = world.phrases();
        var body = sentence.substring(0, sentence.length() - 1);
        return world.elements().stream()
                .filter(e -> switch (e.kind()) {
                    case MANNER -> false;
                    case CLOSING -> e.text().equals(sentence);
                    case ACT -> led(phrases.actLeads(), e, body);
                    case MOTIVE -> led(phrases.motiveLeads(), e, body);
                })
                .<Placed>map(Placed.Said::new)
                .findFirst();
    }

    private static boolean led(List<String> leads, Element element, String body) {
        if (!body.endsWith(" " + element.text())) {
            return false;
        }
        return leads.contains(body.substring(0, body.length() - element.text().length() - 1));
    }

    private Optional<Placed> warning(String sentence) {
        for (var warning : world.phrases().warnings()) {
            var warned = between(warning, "{x}", sentence);
            if (warned.isPresent()
                    && world.elements().stream()
                            .anyMatch(e ->
                                    e.kind() == Element.Kind.ACT && e.text().equals(warned.get()))) {
                return Optional.of(new Placed.Warning(sentence));
            }
        }
        return Optional.empty();
    }

    private Optional<Placed> fact(String sentence) {
        for (var domain : world.domains()) {
            for (var fact : domain.facts()) {
                var entity = between(fact, "{e}", sentence);
                if (entity.isPresent() && domain.entities().contains(entity.get())) {
                    return Optional.of(new Placed.Fact(domain, entity.get()));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Placed> advice(String sentence) {
        for (var domain : world.domains()) {
            for (var framed : domain.code() ? List.of(sentence) : unframed(sentence)) {
                var placed = advice(domain, framed);
                if (placed.isPresent()) {
                    return placed;
                }
            }
        }
        return Optional.empty();
    }

    private List<String> unframed(String sentence) {
        return world.phrases().frames().stream()
                .filter(frame -> sentence.startsWith(frame + " "))
                .map(frame -> sentence.substring(frame.length() + 1))
                .toList();
    }

    private Optional<Placed> advice(Domain domain, String text) {
        for (var action : domain.actions()) {
            var placed = action(domain, action, Optional.empty(), text);
            if (placed.isPresent()) {
                return placed;
            }
        }
        for (int i = 0; i < domain.harmful().size(); i++) {
            var harm = Optional.of(Voice.harm(domain, i));
            var placed = action(domain, domain.harmful().get(i), harm, text);
            if (placed.isPresent()) {
                return placed;
            }
        }
        return Optional.empty();
    }

    private Optional<Placed> action(Domain domain, String action, Optional<Element> harm, String text) {
        int slot = action.indexOf("{e}");
        if (!text.startsWith(action.substring(0, slot))) {
            return Optional.empty();
        }
        for (var entity : domain.entities()) {
            var done = World.fill(action, "e", entity);
            if (text.startsWith(done)) {
                var tail = tail(domain, text.substring(done.length(), text.length() - 1));
                if (tail.isPresent()) {
                    return Optional.of(
                            new Placed.Advice(domain, entity, harm, tail.get().manner()));
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
        return world.elements().stream()
                .filter(e -> e.kind() == Element.Kind.MANNER && e.text().equals(manner))
                .findFirst()
                .map(e -> new Tail(Optional.of(e)));
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
