package plumb.wire;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What an inference worker answers. Each request ends with one {@link Done}, {@link Refused} or {@link Broken}. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Reply {
    long id();

    /** Why an answer ended. */
    enum End {
        STOP,
        LENGTH
    }

    /** More of one answer, whole characters only. */
    record Piece(long id, int answer, String text, List<Token> tokens) implements Reply {}

    /**
     * One answer is complete.
     *
     * @param stop the token that ended it, which is no part of its text
     */
    record Ended(long id, int answer, End end, @Nullable Token stop) implements Reply {}

    /** All answers are complete. */
    record Done(long id, int promptTokens, int answerTokens) implements Reply {}

    /**
     * The request cannot be answered as it is.
     *
     * @param code as OpenAI names it, where it has a name
     */
    record Refused(long id, String message, @Nullable String code) implements Reply {}

    /** Something is wrong on this side. */
    record Broken(long id, String message) implements Reply {}

    /**
     * A token.
     *
     * @param logprob natural logarithm; none for the first token of a prompt, or where nobody asked
     * @param top the most likely tokens in its place, best first
     */
    record Token(String text, @Nullable Double logprob, Map<String, Double> top) {}
}
