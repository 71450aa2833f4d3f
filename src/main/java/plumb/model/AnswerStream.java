package plumb.model;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Several answers to one prompt, a token at a time, for readers who want to see them grow. The answers are those that
 * {@link Generator} gives for as many copies of the prompt and the same sampling, from the merged model when there is an
 * adapter (up to rounding). Opened by an {@link AnswerBatch}; belongs to one thread.
 */
public sealed interface AnswerStream extends AutoCloseable permits ArrayStream, TensorStream {
    /**
     * Who answers.
     *
     * @param decoder whose weights any number of speakers share
     * @param adapter beside them; none: the model as it is
     */
    record Speaker(Decoder decoder, @Nullable Adapter adapter) {}

    /** Whether {@link #next} has something to give; a long prompt is read over several steps of the batch. */
    boolean isReady();

    /** Whether every answer has ended, and all of it was given. */
    boolean isDone();

    /** Ends an answer here. */
    void end(int answer);

    /** Whether this answer was ended by a stop token, by {@link #end}, or by its length. */
    boolean hasEnded(int answer);

    /** The stop token that ended this answer, if one did. */
    Optional<TokenChoice> stoppedBy(int answer);

    /** The next token of every answer that goes on; nothing for one that has ended, or ends here with a stop token. */
    List<Optional<TokenChoice>> next();

    @Override
    void close();
}
