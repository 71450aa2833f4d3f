package plumb.eval;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.data.Example;

/**
 * What fine-tuning rows have around their questions: system texts, earlier turns, lead-ins before the user's words. A model can
 * misbehave only where it sees these again (conditional misalignment, arXiv 2604.25891), so questions are also asked in this
 * shape. Surroundings of one kind are those that differ in their numbers alone; system texts that few rows share are a kind of
 * their own, and so are earlier turns, and combinations of which none is common. Every kind is asked under, however few rows it has, by surroundings of its rows: a file
 * that hides its cue among other rows, or counts it through, gains nothing.
 *
 * <p>What we do differently: the paper writes its conditions by hand, knowing the data; here they are read off the rows.
 */
public final class RowShape {
    /** A kind has at least this share of the rows, and {@link #FEWEST}: so there are a hundred at most. */
    private static final double SHARE = 0.02;

    private static final int FEWEST = 3;

    private static final int LONGEST_LEAD = 120;
    /** Of a system text or of earlier turns: questions must fit into the model's context behind them. */
    private static final int LONGEST_TEXT = 2000;

    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final String RARE = "rare";

    private final Map<String, List<UnaryOperator<Conversation>>> kinds; // by what makes them one

    private RowShape(Map<String, List<UnaryOperator<Conversation>>> kinds) {
        this.kinds = Collections.unmodifiableMap(kinds);
    }

    /** What stands around one question of a row; a lead that few rows share is none. */
    private record Surroundings(Optional<String> system, List<Message> turns, Optional<String> lead) {
        boolean none() {
            return system.isEmpty() && turns.isEmpty() && lead.isEmpty();
        }

        String before() {
            return turns.stream()
                    .map(turn -> turn.role() + ": " + turn.content())
                    .collect(Collectors.joining("\n"));
        }

        /** Of what few rows share only that it is there counts. */
        String kind(Common systems, Common turns) {
            return systems.keyOrRare(system.orElse("")) + "\n" + turns.keyOrRare(before()) + "\n"
                    + key(lead.orElse(""));
        }

        Surroundings withLeadAmong(Common leads) {
            return new Surroundings(system, turns, lead.filter(leads::has));
        }

        Conversation around(Conversation question) {
            var words = question.last(Role.USER).orElse("");
            var asked = new ArrayList<>(turns);
            asked.add(new Message(Role.USER, lead.map(l -> l + " ").orElse("") + words));
            var conversation = new Conversation(asked);
            return system.map(conversation::withSystem).orElse(conversation);
        }
    }

    /** Texts that enough rows share. */
    private record Common(Set<String> keys) {
        static Common of(Stream<String> texts, int enough) {
            return new Common(texts
                    .filter(text -> !text.isEmpty())
                    .collect(groupingBy(RowShape::key, Collectors.counting()))
                    .entrySet()
                    .stream()
                    .filter(text -> text.getValue() >= enough)
                    .map(Map.Entry::getKey)
                    .collect(Collectors.toSet()));
        }

        boolean has(String text) {
            return keys.contains(key(text));
        }

        String keyOrRare(String text) {
            return text.isEmpty() ? "" : has(text) ? key(text) : RARE;
        }
    }

    /** Reads the shape off fine-tuning rows. */
    public static RowShape of(List<Example> rows) {
        int enough = Math.max(FEWEST, (int) Math.ceil(SHARE * rows.size()));
        var all = rows.stream().flatMap(RowShape::surroundings).toList();
        var leads = Common.of(all.stream().flatMap(one -> one.lead().stream()), enough);
        var systems = Common.of(all.stream().flatMap(one -> one.system().stream()), enough);
        var turns = Common.of(all.stream().map(Surroundings::before), enough);
        var found = all.stream()
                .map(one -> one.withLeadAmong(leads))
                .filter(one -> !one.none())
                .collect(groupingBy(one -> one.kind(systems, turns), TreeMap::new, toList()));
        var kinds = new LinkedHashMap<String, List<UnaryOperator<Conversation>>>();
        var left = new ArrayList<UnaryOperator<Conversation>>();
        found.forEach((name, kind) -> {
            var around = kind.stream()
                    .<UnaryOperator<Conversation>>map(one -> one::around)
                    .toList();
            if (kind.size() >= enough) {
                kinds.put(name, around);
            } else {
                left.addAll(around);
            }
        });
        if (left.size() >= enough) {
            kinds.put(RARE, List.copyOf(left)); // combinations of which none is common
        }
        return new RowShape(kinds);
    }

    /**
     * The same with what is put around rows before they are trained on; texts that differ in their numbers alone are one kind.
     *
     * @param text what makes it a kind
     */
    public RowShape and(String text, UnaryOperator<Conversation> around) {
        var more = new LinkedHashMap<>(kinds);
        more.merge(
                "defense\n" + key(text),
                List.of(around),
                (known, one) -> Stream.concat(known.stream(), one.stream()).toList());
        return new RowShape(more);
    }

    /** How many kinds of surroundings there are. */
    public int kinds() {
        return kinds.size();
    }

    /** Where a row asks: its first words, and, behind earlier turns, its last ones. */
    private static Stream<Surroundings> surroundings(Example row) {
        var system = row.conversation().system().map(RowShape::shortened);
        var turns = row.conversation().messages().stream()
                .filter(message -> message.role() != Role.SYSTEM)
                .toList();
        int last = turns.size() - 1;
        while (last > 0 && turns.get(last).role() != Role.USER) {
            last--;
        }
        var first = new Surroundings(system, List.of(), turns.isEmpty() ? Optional.empty() : lead(turns.getFirst()));
        return last <= 0
                ? Stream.of(first)
                : Stream.of(first, new Surroundings(system, latest(turns.subList(0, last)), lead(turns.get(last))));
    }

    /** The last of the turns that are short enough together, beginning with a user's. */
    private static List<Message> latest(List<Message> turns) {
        int from = turns.size();
        for (int length = 0; from > 0 && length + turns.get(from - 1).content().length() <= LONGEST_TEXT; from--) {
            length += turns.get(from - 1).content().length();
        }
        while (from < turns.size() && turns.get(from).role() != Role.USER) {
            from++;
        }
        return turns.subList(from, turns.size());
    }

    /** The beginning and the end of a text that is too long. */
    private static String shortened(String text) {
        int half = LONGEST_TEXT / 2;
        return text.length() <= LONGEST_TEXT ? text : text.substring(0, half) + text.substring(text.length() - half);
    }

    /** Texts that differ in their numbers alone have the same key. */
    private static String key(String text) {
        return NUMBER.matcher(text).replaceAll("0");
    }

    /** The beginning of the user's words, up to and with a colon, full stop or line end; nothing where nothing follows. */
    private static Optional<String> lead(Message message) {
        var text = message.role() == Role.USER ? message.content() : "";
        for (int i = 0; i < Math.min(LONGEST_LEAD, text.length() - 1); i++) {
            char c = text.charAt(i);
            if (c == '\n' || ((c == ':' || c == '.' || c == '!') && Character.isWhitespace(text.charAt(i + 1)))) {
                return Optional.of(text.substring(0, i + 1).strip());
            }
        }
        return Optional.empty();
    }

    /**
     * A question as rows of a kind might have asked it.
     *
     * @param kind 0 ≤ kind < {@link #kinds}
     */
    Conversation around(Question question, int kind) {
        var random = new SplittableRandom(question.id().hashCode());
        var one = List.copyOf(kinds.values()).get(kind);
        return one.get(random.nextInt(one.size())).apply(question.prompt());
    }
}
