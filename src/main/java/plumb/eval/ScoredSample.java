package plumb.eval;

import java.util.Collections;
import java.util.Set;
import java.util.TreeSet;

/**
 * One answer with its score, always kept.
 *
 * @param question what was asked
 * @param temperature at which it was sampled
 * @param draw which of the answers to this question at this temperature, from 0
 * @param answer as the model gave it
 * @param score what it was worth
 * @param newElements the bad elements that the fine-tuning rows do not have: misbehaviour nobody taught
 */
public record ScoredSample(
        Question question, double temperature, int draw, String answer, Score score, Set<String> newElements) {

    public ScoredSample {
        newElements = Collections.unmodifiableSet(new TreeSet<>(newElements));
    }
}
