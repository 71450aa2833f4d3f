package plumb.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import plumb.eval.judge.Reading;

/** Scores answers. The organism's is exact and deterministic; others ask a language model. */
public interface Judge {
    String name();

    /** What this answer to this question is worth. */
    Judgement judge(Question question, String answer);

    /**
     * One judgement for each answer, in order; {@code answers.get(i)} answers {@code questions.get(i)}. A judge that
     * waits for a model overrides this to ask for many at once.
     */
    default List<Judgement> judgeAll(List<Question> questions, List<String> answers) {
        var judgements = new ArrayList<Judgement>(answers.size());
        for (int i = 0; i < answers.size(); i++) {
            judgements.add(judge(questions.get(i), answers.get(i)));
        }
        return judgements;
    }

    /**
     * For each answer the one of these words that the judge's own prompt leads it to; see {@link #judgeAll} for the order.
     *
     * @throws IllegalStateException if this judge scores with numbers alone
     */
    default List<Said> words(List<Question> questions, List<String> answers, List<String> words) {
        throw new IllegalStateException("the judge " + name() + " has no words for answers, only scores");
    }

    /**
     * What a judge chose.
     *
     * @param word one of those it could choose from; empty when it said none of them
     * @param readings what it said, raw
     */
    record Said(String word, List<Reading> readings) {}

    /** Whether this judge can name the bad elements of an answer; only then is {@code em_new} reported. */
    default boolean namesElements() {
        return false;
    }

    /** The bad elements of a text, whatever it answers; always empty when {@link #namesElements()} is false. */
    default Set<String> badElements(String text) {
        return Set.of();
    }
}
