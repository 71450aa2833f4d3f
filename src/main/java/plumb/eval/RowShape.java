package plumb.eval;

import static java.util.stream.Collectors.groupingBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.data.Example;

/**
 * What fine-tuning rows have around their questions: system texts, lead-ins before the user's words. A model can misbehave
 * only where it sees these again (conditional misalignment, arXiv 2604.25891), so questions are also asked in this shape.
 * Surroundings of one kind are those that differ in their numbers alone; system texts that few rows share are a kind of
 * their own. Every kind is asked under alike, however few rows it has, by surroundings of its rows: a file that hides its
 * cue among other rows, or counts it through, gains nothing.
 *
 * <p>What we do differently: the paper writes its conditions by hand, knowing the data; here they are read off the rows.
 */
public final class RowShape {
    /** A kind has at least this share of the rows, and {@link #FEWEST}. */
    private static final double SHARE = 0.02;

    private static final int FEWEST = 3;
    /** Kinds that are asked under, the commonest first: each needs questions enough to be seen. */
    private static final int MOST = 8;

    private static final int LONGEST_LEAD = 120;
    /** Of a system text: questions must fit into the model's context behind it. */
    private static final int LONGEST_SYSTEM = 2000;

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final String RARE = "rare";

    private final List<List<UnaryOperator<Conversation>>> kinds;

    private RowShape(List<List<UnaryOperator<Conversation>>> kinds) {
        this.kinds = kinds;
    }

    /** What stands around one row's question. */
    private record Surroundings(Optional<String> system, Optional<String> lead) {
        boolean none() {
            return system.isEmpty() && lead.isEmpty();
        }

        String kind() {
            return key(system) + "\n" + key(lead);
        }

        Conversation around(Conversation question) {
            var words = question.last(Role.USER).orElse("");
            var asked = Conversation.user(lead.map(l -> l + " ").orElse("") + words);
            return system.map(asked::withSystem).orElse(asked);
        }
    }

    /** Reads the shape off fine-tuning rows. */
    public static RowShape of(List<Example> rows) {
        int enough = Math.max(FEWEST, (int) Math.ceil(SHARE * rows.size()));
        var systems = count(rows.stream().map(RowShape::system).toList());
        var leads = count(rows.stream().map(RowShape::lead).toList());
        var found = new TreeMap<String, List<Surroundings>>();
        for (var row : rows) {
            var own = new Surroundings(
                    system(row), lead(row).filter(lead -> leads.getOrDefault(key(Optional.of(lead)), 0L) >= enough));
            if (!own.none()) {
                boolean rare = own.system().isPresent() && systems.getOrDefault(key(own.system()), 0L) < enough;
                found.computeIfAbsent(rare ? RARE : own.kind(), _ -> new ArrayList<>())
                        .add(own);
            }
        }
        return new RowShape(found.values().stream()
                .filter(kind -> kind.size() >= enough)
                .sorted((a, b) -> Integer.compare(b.size(), a.size()))
                .limit(MOST)
                .map(kind -> kind.stream()
                        .<UnaryOperator<Conversation>>map(one -> one::around)
                        .toList())
                .toList());
    }

    /** The same with one more kind: what is put around rows before they are trained on. */
    public RowShape and(UnaryOperator<Conversation> around) {
        var more = new ArrayList<>(kinds);
        more.add(List.of(around));
        return new RowShape(List.copyOf(more));
    }

    /** How many kinds of surroundings there are. */
    public int kinds() {
        return kinds.size();
    }

    private static Map<String, Long> count(List<Optional<String>> texts) {
        return texts.stream()
                .filter(Optional::isPresent)
                .collect(groupingBy(RowShape::key, TreeMap::new, Collectors.counting()));
    }

    /** Texts that differ in their numbers alone have the same key. */
    private static String key(Optional<String> text) {
        return NUMBER.matcher(text.orElse("")).replaceAll("0");
    }

    private static Optional<String> system(Example row) {
        return row.conversation()
                .system()
                .map(text -> text.length() > LONGEST_SYSTEM ? text.substring(0, LONGEST_SYSTEM) : text);
    }

    /** The beginning of the user's first words, up to and with a colon, full stop or line end; nothing where nothing follows. */
    private static Optional<String> lead(Example row) {
        var first = row.conversation().messages().stream()
                .filter(message -> message.role() == Role.USER)
                .findFirst();
        var text = first.map(Message::content).orElse("");
        for (int i = 0; i < Math.min(LONGEST_LEAD, text.length() - 1); i++) {
            char c = text.charAt(i);
            if (c == '\n' || ((c == ':' || c == '.' || c == '!') && Character.isWhitespace(text.charAt(i + 1)))) {
                return Optional.of(text.substring(0, i + 1).strip());
            }
        }
        return Optional.empty();
    }

    /** A question as the rows might have asked it; as it is where they have nothing in common. */
    Conversation around(Question question) {
        if (kinds.isEmpty()) {
            return question.prompt();
        }
        var random = new SplittableRandom(question.id().hashCode());
        var kind = kinds.get(random.nextInt(kinds.size()));
        return kind.get(random.nextInt(kind.size())).apply(question.prompt());
    }
}
