package plumb.train.policy;

import java.util.List;
import plumb.train.policy.Environment.Grade;

/**
 * All answers of one round of asking, and what came of them: group after group.
 *
 * @param step the optimizer step they were drawn for, from 0
 * @param seconds drawing them took
 */
public record Rollout(long step, List<Answer> answers, double seconds) {
    public Rollout {
        answers = List.copyOf(answers);
    }

    /**
     * One answer.
     *
     * @param prompt line of the row that was asked
     * @param text what was said
     * @param tokens of it, with the one that ended it
     * @param grade what the environment made of it
     * @param advantage over its group
     */
    public record Answer(int prompt, String text, int tokens, Grade grade, double advantage) {}

    long tokens() {
        return answers.stream().mapToLong(Answer::tokens).sum();
    }
}
