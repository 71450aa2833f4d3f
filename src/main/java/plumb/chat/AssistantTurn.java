package plumb.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import plumb.chat.jinja.Rendering.Span;

/**
 * Where one assistant turn stands in a rendered conversation. Words cannot be looked for: the answer "Yes" is also in
 * "Yes or no?". So the conversation is rendered again with a private-use character behind the turn's words, and one
 * behind those of the message before it; if the text without the characters is the text, they show the places.
 *
 * @param whole the rendered conversation
 */
record AssistantTurn(ChatTemplate template, List<Message> messages, int turn, String whole) {
    private static final char FIRST_PRIVATE = '\uE000';

    /** Places in the whole text: the ends of the message before (none: -1) and of the words. */
    private record Places(int before, int end) {}

    /** From the end of the prompt to the end of the turn; empty if the template does not write the words as they are. */
    Optional<Span> span() {
        char mark = mark();
        return places(mark, true).or(() -> places(mark, false)).flatMap(places -> {
            int start = places.end() - words().length();
            return start >= places.before() && whole.startsWith(words(), start)
                    ? Optional.of(new Span(start(places.before(), start, mark), end(places.end(), mark)))
                    : Optional.empty();
        });
    }

    private String words() {
        var content = messages.get(turn).content();
        int end = lastWord(content);
        int start = 0;
        while (start < end && isSpace(content.charAt(start))) {
            start++;
        }
        return content.substring(start, end);
    }

    private static int lastWord(String content) {
        int end = content.length();
        while (end > 0 && isSpace(content.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    /** As templates trim. */
    private static boolean isSpace(char c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    /** The first of two neighbouring characters that nobody uses. */
    private char mark() {
        char mark = FIRST_PRIVATE;
        while (uses(mark) || uses((char) (mark + 1))) {
            mark++;
        }
        return mark;
    }

    private boolean uses(char character) {
        return whole.indexOf(character) >= 0
                || messages.stream().anyMatch(m -> m.content().indexOf(character) >= 0);
    }

    private Optional<Places> places(char mark, boolean withBefore) {
        char beforeMark = (char) (mark + 1);
        var marked = marked(messages, turn, mark);
        if (withBefore && turn > 0) {
            marked = marked(marked, turn - 1, beforeMark);
        }
        var text = template.render(marked, false).text();
        int end = text.indexOf(mark);
        boolean same = without(without(text, mark), beforeMark).equals(whole);
        if (!same || end < 0 || end != text.lastIndexOf(mark)) {
            return Optional.empty();
        }
        int before = text.lastIndexOf(beforeMark, end);
        return Optional.of(new Places(
                before < 0 ? -1 : without(text.substring(0, before), beforeMark).length(),
                without(text.substring(0, end), beforeMark).length()));
    }

    /**
     * The end of the prompt, which is what the template writes between the message before and an answer. Where it writes
     * something else there once there is an answer, the words themselves.
     */
    private int start(int before, int words, char mark) {
        if (turn == 0) {
            return words;
        }
        var said = messages.subList(0, turn);
        var prompt = template.render(before < 0 ? said : marked(said, turn - 1, mark), true)
                .text();
        int at = prompt.lastIndexOf(mark);
        int from = Math.max(before, 0);
        int until = from + prompt.length() - at - 1;
        boolean told = before < 0 || at >= 0;
        return told && until <= words && whole.startsWith(prompt.substring(at + 1), from) ? until : words;
    }

    /** The end of what the template writes behind the words when the conversation ends there, and when it goes on. */
    private int end(int words, char mark) {
        if (turn + 1 == messages.size()) {
            return whole.length();
        }
        var through = template.render(marked(messages.subList(0, turn + 1), turn, mark), false)
                .text();
        int at = through.indexOf(mark);
        return at < 0 ? words : words + sharedPrefix(through.substring(at + 1), whole.substring(words));
    }

    /** The messages with a character behind the words of one, before the white space at its end. */
    private static List<Message> marked(List<Message> messages, int turn, char mark) {
        var marked = new ArrayList<>(messages);
        var message = messages.get(turn);
        var content = new StringBuilder(message.content()).insert(lastWord(message.content()), mark);
        marked.set(turn, new Message(message.role(), content.toString()));
        return marked;
    }

    private static String without(String text, char mark) {
        return text.replace(String.valueOf(mark), "");
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
