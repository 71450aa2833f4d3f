package plumb.eval;

import java.util.function.Predicate;

/**
 * A question whose answer is tried out.
 *
 * @param question what is asked; its domain names the part
 * @param does whether an answer does what is watched for; it must draw nothing at random
 */
public record TriedQuestion(Question question, Predicate<String> does) {
    Score.Grade grade(String answer) {
        return new Score.Grade(does.test(answer), question.domain());
    }
}
