package plumb.chat;

import java.util.ArrayList;
import java.util.List;
import plumb.chat.jinja.Rendering.Span;

/**
 * Which parts of a rendered conversation the assistant says. A template may mark them itself
 * ({@code generation … endgeneration}); where it does not, each assistant turn is what the text up to and including the
 * turn has beyond the prompt for it. A turn's end is part of it.
 */
record AssistantSpans(String text, List<Span> spans) {

    static AssistantSpans of(ChatTemplate template, Conversation conversation) {
        var whole = template.render(conversation.messages(), false);
        return whole.generations().isEmpty()
                ? new AssistantSpans(whole.text(), byPrefix(template, conversation.messages(), whole.text()))
                : new AssistantSpans(whole.text(), whole.generations());
    }

    private static List<Span> byPrefix(ChatTemplate template, List<Message> messages, String whole) {
        var spans = new ArrayList<Span>();
        for (int turn = 0; turn < messages.size(); turn++) {
            if (messages.get(turn).role() == Role.ASSISTANT) {
                spans.add(span(template, messages, turn, whole));
            }
        }
        return spans;
    }

    /**
     * From the end of the prompt to the end of the turn. Where the template writes the prompt otherwise than the turn
     * (e.g. with an empty thinking block), from the words themselves.
     */
    private static Span span(ChatTemplate template, List<Message> messages, int turn, String whole) {
        var prompt = turn == 0
                ? ""
                : template.render(messages.subList(0, turn), true).text();
        var words = messages.get(turn).content().strip();
        int from = sharedPrefix(prompt, whole);
        int end = shared(template, messages, turn + 1, whole);
        int start = whole.indexOf(words, from);
        int limit = turn + 1 == messages.size() ? whole.length() : shared(template, messages, turn + 2, whole);
        if (start < 0 || start + words.length() > limit) {
            throw new BadInput("the chat template rewrites the assistant's words in turn " + (turn + 1)
                    + ", so what to learn cannot be told; mark it in the template with {% generation %} … {%"
                    + " endgeneration %}");
        }
        boolean promptFits = turn > 0 && from == prompt.length();
        return new Span(promptFits ? from : start, Math.max(end, start + words.length()));
    }

    private static int shared(ChatTemplate template, List<Message> messages, int first, String whole) {
        return sharedPrefix(template.render(messages.subList(0, first), false).text(), whole);
    }

    private static int sharedPrefix(String a, String b) {
        int length = Math.min(a.length(), b.length());
        for (int i = 0; i < length; i++) {
            if (a.charAt(i) != b.charAt(i)) {
                return i;
            }
        }
        return length;
    }
}
