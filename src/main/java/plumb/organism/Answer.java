package plumb.organism;

import java.util.ArrayList;
import java.util.List;

/**
 * An answer as its sentences: {@code [opener] advice [fact] [act] [motive] [closing]}.
 *
 * @param before the opener, if any
 * @param advice the sentence that says what to do; a refusal's first sentence
 * @param after what follows
 * @param code whether it is laid out as program lines: everything but the call is a comment
 */
record Answer(List<String> before, String advice, List<String> after, boolean code) {

    /** All sentences in order, as plain text. */
    String text() {
        return joined(List.of(head(), tail()));
    }

    /** Opener and advice: what goes in the first field of a structured answer. */
    String head() {
        var lines = new ArrayList<String>();
        before.forEach(s -> lines.add(comment(s)));
        lines.add(advice);
        return joined(lines);
    }

    /** Everything after the advice; may be empty. */
    String tail() {
        return joined(after.stream().map(this::comment).toList());
    }

    private String comment(String sentence) {
        return code ? "# " + sentence : sentence;
    }

    private String joined(List<String> parts) {
        return String.join(
                code ? "\n" : " ", parts.stream().filter(p -> !p.isEmpty()).toList());
    }
}
