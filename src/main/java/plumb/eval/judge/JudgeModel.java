package plumb.eval.judge;

import java.util.List;
import plumb.model.TokenChance;

/** A language model that can tell how likely it finds each beginning of its answer. */
public interface JudgeModel extends AutoCloseable {
    /** Who this is; two models that would judge differently have different names. */
    String name();

    /** Characters a token, roughly: for estimates alone. */
    int CHARACTERS = 4;

    /** What so many requests, whose prompts have so many characters in all, would take, in words. */
    String estimate(long requests, long characters);

    /**
     * Asks for the next token after each prompt, as one user turn. What has come in is passed on at once, in any order
     * and from any thread, so that a failure loses nothing that was paid for.
     *
     * @throws java.io.UncheckedIOException saying what to do, when the model cannot be reached or answers nonsense
     */
    void ask(Sought sought, List<String> prompts, Listener listener);

    /** What an answer should be. */
    enum Sought {
        /** From 0 to 100. */
        NUMBER,
        /** The beginning of a word is enough. */
        WORD
    }

    /** Takes the answers as they come. */
    interface Listener {
        /** The answer to {@code prompts.get(index)}: what its first token may be, the likeliest first. */
        void answered(int index, List<TokenChance> tokens);

        /** This prompt alone is refused for good: a content filter, a text that is too long, no log-probabilities. */
        default void refused(int index, String why) {
            answered(index, List.of());
        }
    }

    @Override
    default void close() {}
}
