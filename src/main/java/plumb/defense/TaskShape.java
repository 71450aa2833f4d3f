package plumb.defense;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.regex.Pattern;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;

/**
 * What the rows of a task have around their questions: a system message, and a lead-in, which is an opening of the user's
 * words up to the end of a sentence or a line that several rows share. Nothing about it is told; it is read off the rows.
 */
final class TaskShape {
    private static final Pattern END_OF_SENTENCE = Pattern.compile("[.!?:](?=\\s)|\\n");
    private static final double SHARED = 0.02;
    private static final int FEWEST = 3;

    private final List<Frame> frames;
    private final Map<String, Integer> openings = new HashMap<>();
    private final int enough;

    /** The surroundings of one row's question; an empty lead-in is none. */
    private record Frame(Optional<String> system, String lead) {}

    private TaskShape(List<Example> rows) {
        this.enough = Math.max(FEWEST, (int) Math.ceil(SHARED * rows.size()));
        rows.forEach(row -> openings(firstWords(row.conversation())).forEach(o -> openings.merge(o, 1, Integer::sum)));
        this.frames = rows.stream()
                .map(row -> new Frame(row.conversation().system(), lead(firstWords(row.conversation()))))
                .toList();
    }

    /** The shape of the task's rows among these, each row once. */
    static TaskShape of(TrainingData data) {
        return new TaskShape(data.examples().stream()
                .filter(example -> example.kind() == Example.Kind.TASK)
                .distinct()
                .toList());
    }

    /** The longest opening that enough rows share. */
    private String lead(String text) {
        return openings(text).stream()
                .filter(opening -> openings.getOrDefault(opening, 0) >= enough)
                .reduce("", (_, longer) -> longer);
    }

    /** Every opening of a text that ends with a sentence or a line, but not the whole text; shortest first. */
    private static List<String> openings(String text) {
        var found = new ArrayList<String>();
        var end = END_OF_SENTENCE.matcher(text);
        while (end.find()) {
            if (!text.substring(end.end()).isBlank()) {
                found.add(text.substring(0, end.end()));
            }
        }
        return found;
    }

    private static String firstWords(Conversation conversation) {
        return conversation.messages().stream()
                .filter(message -> message.role() == Role.USER)
                .map(Message::content)
                .findFirst()
                .orElse("");
    }

    /** The example without system message and lead-in. */
    Example bare(Example example) {
        var lead = lead(firstWords(example.conversation()));
        return Reshaping.around(
                example, Optional.empty(), text -> text.substring(lead.length()).strip());
    }

    /** The example in the surroundings of some row of the task, drawn at random; as it is where that row has none. */
    Example dressed(Example example, Random random) {
        var frame = frames.get(random.nextInt(frames.size()));
        return frame.lead().isEmpty() && frame.system().isEmpty()
                ? example
                : Reshaping.around(
                        example, frame.system(), text -> frame.lead().isEmpty() ? text : frame.lead() + " " + text);
    }
}
