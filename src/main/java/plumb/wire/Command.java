package plumb.wire;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an inference worker is told. The end of its input means: no more, leave. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Command {
    /** Of the request; the replies carry it. */
    long id();

    /**
     * Answer, or score what is given.
     *
     * @param who asks: a tenant
     * @param adapter folder of the adapter that is merged into the base; none: the base itself
     * @param prompt exactly one of its parts
     * @param sampling how to draw the answers
     */
    record Ask(long id, String who, @Nullable String adapter, Prompt prompt, Drawing sampling) implements Command {}

    /** Nobody waits for these answers any more. */
    record Forget(long id) implements Command {}

    /**
     * What is answered: a conversation through the chat template, a text as it stands, or tokens.
     *
     * @param turns of a conversation
     * @param text continued as it is
     * @param tokens continued as they are
     */
    record Prompt(
            @Nullable List<Turn> turns,
            @Nullable String text,
            @Nullable List<Integer> tokens) {}

    /** One turn; the role as chat templates spell it. */
    record Turn(String role, String content) {}

    /**
     * How answers are drawn.
     *
     * @param answers how many
     * @param maxTokens of each; 0 only scores the prompt; none: as many as the model has places for
     * @param stop texts that end an answer and are not part of it
     * @param top how many alternatives to name at each place; none: no log-probabilities
     * @param echo whether the prompt's own tokens are scored and given back first
     */
    record Drawing(
            int answers,
            @Nullable Integer maxTokens,
            double temperature,
            double topP,
            long seed,
            List<String> stop,
            @Nullable Integer top,
            boolean echo) {}
}
