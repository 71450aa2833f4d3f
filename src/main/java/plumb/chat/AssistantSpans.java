package plumb.chat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import plumb.chat.Rendered.Omission;
import plumb.chat.jinja.Rendering.Span;

/**
 * Which parts of a rendered conversation the assistant says. A template may mark them itself
 * ({@code generation … endgeneration}); where it does not, they are found by writing the conversation once more with a
 * mark behind the words, and each turn is what the text has beyond the prompt for it. A turn's end is part of it.
 *
 * @param text the rendered conversation
 * @param spans the turns that can be learned, in order
 * @param rewritten the other assistant turns, counted from 1: the template does not write their words as they are
 * @param lastIsRewritten whether the last assistant turn is among them
 */
record AssistantSpans(String text, List<Span> spans, List<Integer> rewritten, boolean lastIsRewritten) {

    static AssistantSpans of(ChatTemplate template, Conversation conversation) {
        var whole = template.render(conversation.messages(), false);
        if (!whole.generations().isEmpty()) {
            return new AssistantSpans(whole.text(), whole.generations(), List.of(), false);
        }
        var spans = new ArrayList<Span>();
        var rewritten = new ArrayList<Integer>();
        boolean last = false;
        for (int turn = 0; turn < conversation.messages().size(); turn++) {
            if (conversation.messages().get(turn).role() == Role.ASSISTANT) {
                var span = new AssistantTurn(template, conversation.messages(), turn, whole.text()).span();
                last = span.isEmpty();
                span.ifPresent(spans::add);
                if (last) {
                    rewritten.add(turn + 1);
                }
            }
        }
        return new AssistantSpans(whole.text(), spans, rewritten, last);
    }

    /** The turns to learn from; {@link BadInput} if the template writes none of their words as they are. */
    List<Span> of(ChatFormat.Turns turns) {
        boolean lastOnly = turns == ChatFormat.Turns.LAST;
        if (!rewritten.isEmpty() && (spans.isEmpty() || (lastOnly && lastIsRewritten))) {
            throw new BadInput("the chat template rewrites the assistant's words in turn " + rewritten.getLast()
                    + " or leaves them out, so what to learn cannot be told; use the template the model was made with, or"
                    + " mark what to learn in it with {% generation %} … {% endgeneration %}");
        }
        return lastOnly && !spans.isEmpty() ? List.of(spans.getLast()) : spans;
    }

    /** What of the conversation is not in the text, or is and cannot be learned. */
    Set<Omission> omissions(Conversation conversation) {
        var omissions = EnumSet.noneOf(Omission.class);
        if (conversation
                .system()
                .map(String::strip)
                .filter(said -> !text.contains(said))
                .isPresent()) {
            omissions.add(Omission.SYSTEM_TEXT);
        }
        if (!rewritten.isEmpty()) {
            omissions.add(Omission.TURN);
        }
        return omissions;
    }
}
