package plumb.data;

import plumb.chat.Conversation;

/**
 * One row of training data.
 *
 * @param conversation ends with the assistant turn to learn
 * @param kind whether the customer brought it or a defense added it
 * @param source where it came from: a file name, or the generator's name
 * @param line its line there, from 1; 0 when there is none
 */
public record Example(Conversation conversation, Kind kind, String source, int line) {
    public enum Kind {
        /** A row of the customer's task. */
        TASK,
        /** A safe row that a defense interleaved. */
        SAFE
    }
}
