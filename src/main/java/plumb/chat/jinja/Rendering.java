package plumb.chat.jinja;

import java.util.List;

/**
 * What a template made.
 *
 * @param text the output
 * @param generations the parts that the template marks as said by the assistant, in order
 */
public record Rendering(String text, List<Span> generations) {
    /** Chars {@code [start, end)} of the text. */
    public record Span(int start, int end) {}
}
