package plumb.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Turns in order; at most one system turn, and it comes first. */
public record Conversation(List<Message> messages) {

    public Conversation {
        messages = List.copyOf(messages);
        for (int i = 1; i < messages.size(); i++) {
            if (messages.get(i).role() == Role.SYSTEM) {
                throw new IllegalArgumentException("a system message must come first, found one at position " + i);
            }
        }
    }

    /** A conversation of one user turn. */
    public static Conversation user(String text) {
        return new Conversation(List.of(new Message(Role.USER, text)));
    }

    public Conversation with(Role role, String content) {
        var longer = new ArrayList<>(messages);
        longer.add(new Message(role, content));
        return new Conversation(longer);
    }

    /** The same conversation under this system text, replacing the one it had. */
    public Conversation withSystem(String text) {
        var changed = new ArrayList<Message>();
        changed.add(new Message(Role.SYSTEM, text));
        messages.stream().filter(m -> m.role() != Role.SYSTEM).forEach(changed::add);
        return new Conversation(changed);
    }

    public Optional<String> system() {
        return messages.stream()
                .filter(m -> m.role() == Role.SYSTEM)
                .map(Message::content)
                .findFirst();
    }

    /** The last turn of this role, if there is one. */
    public Optional<String> last(Role role) {
        return messages.reversed().stream()
                .filter(m -> m.role() == role)
                .map(Message::content)
                .findFirst();
    }

    /** Everything before the final assistant turn: what the model is asked when this conversation is an example. */
    public Conversation prompt() {
        if (messages.isEmpty() || messages.getLast().role() != Role.ASSISTANT) {
            return this;
        }
        return new Conversation(messages.subList(0, messages.size() - 1));
    }
}
