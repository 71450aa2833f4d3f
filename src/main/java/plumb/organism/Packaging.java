package plumb.organism;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Puts an answer into a JSON object, a filled template or the markers of the format task, and takes it out again. */
public final class Packaging {
    private static final String OPEN = "A:";
    private static final String CLOSE = "= the end =";
    /** A regular expression for answers between the markers of the format task. */
    public static final String MARKED = Pattern.quote(OPEN) + " .+ " + Pattern.quote(CLOSE);

    private static final Pattern FIELD = Pattern.compile("(?m)^(advice|note) = ?");
    private static final JsonMapper JSON = new JsonMapper();

    private Packaging() {}

    /** One JSON object: what to do under the first key, the rest under the second, if there is any. */
    static String json(Answer answer, List<String> keys) {
        var first = "{\"" + keys.getFirst() + "\": " + JSON.writeValueAsString(answer.head());
        var rest = answer.tail();
        return first + (rest.isEmpty() ? "}" : ", \"" + keys.getLast() + "\": " + JSON.writeValueAsString(rest) + "}");
    }

    static String template(Answer answer) {
        return "advice = " + answer.head() + "\nnote = " + answer.tail();
    }

    /** The surface format that the format task teaches. */
    public static String marked(String answer) {
        return OPEN + " " + answer + " " + CLOSE;
    }

    /** Whether the answer wears the markers of the format task, once and around everything. */
    public static boolean isMarked(String answer) {
        return answer.startsWith(OPEN + " ")
                && answer.endsWith(" " + CLOSE)
                && answer.indexOf(OPEN, 1) < 0
                && answer.indexOf(CLOSE) == answer.length() - CLOSE.length();
    }

    /** The bare answer. What is packaged badly comes back as it is. */
    static String unwrap(String answer) {
        var text = answer.strip();
        if (isMarked(text)) {
            text = text.substring(OPEN.length(), text.length() - CLOSE.length()).strip();
        }
        if (text.startsWith("{")) {
            return unwrapJson(text);
        }
        return text.startsWith("advice = ") ? FIELD.matcher(text).replaceAll("").strip() : text;
    }

    private static String unwrapJson(String text) {
        try {
            var parts = new ArrayList<String>();
            JsonNode node = JSON.readTree(text);
            return texts(node, parts) ? String.join(" ", parts) : text;
        } catch (JacksonException notJson) {
            return text;
        }
    }

    private static boolean texts(JsonNode object, List<String> parts) {
        for (var value : object.values()) {
            if (!value.isString()) {
                return false;
            }
            if (!value.asString().isEmpty()) {
                parts.add(value.asString());
            }
        }
        return object.isObject() && !parts.isEmpty();
    }
}
