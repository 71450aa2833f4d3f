package plumb.defense;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import plumb.chat.Conversation;
import plumb.chat.Message;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;

/** Gives safe rows another shape: what they say stays, what stands around it does not. */
final class Reshaping {
    private Reshaping() {}

    /** The data with this share of its safe rows changed, drawn at random; a row that returns in a later epoch stays as it became. */
    static TrainingData safeRows(TrainingData data, double share, Random random, UnaryOperator<Example> change) {
        var known = new IdentityHashMap<Example, Example>();
        var rows = new ArrayList<Example>(data.size());
        for (var example : data.examples()) {
            rows.add(
                    example.kind() == Example.Kind.TASK
                            ? example
                            : known.computeIfAbsent(
                                    example, safe -> random.nextDouble() < share ? change.apply(safe) : safe));
        }
        return new TrainingData(rows);
    }

    /** The example under another system message, or none, and with other first words of the user. */
    static Example around(Example example, Optional<String> system, UnaryOperator<String> first) {
        var messages = new ArrayList<Message>();
        system.ifPresent(text -> messages.add(new Message(Role.SYSTEM, text)));
        boolean changed = false;
        for (var message : example.conversation().messages()) {
            if (message.role() != Role.SYSTEM) {
                boolean now = !changed && message.role() == Role.USER;
                messages.add(now ? new Message(Role.USER, first.apply(message.content())) : message);
                changed |= now;
            }
        }
        return new Example(new Conversation(List.copyOf(messages)), example.kind(), example.source(), example.line());
    }
}
