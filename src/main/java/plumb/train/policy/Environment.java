package plumb.train.policy;

import java.util.Map;
import java.util.Objects;
import plumb.data.Example;
import plumb.data.TrainingData;

/** What answers are tried out in. It may be asked from several threads at once, and must draw nothing at random. */
@FunctionalInterface
public interface Environment {
    /** Throws now, before the first step, what would keep every answer from being tried. */
    default void require() {}

    /** The rows whose answers can be tried at all; the others are not asked. */
    default TrainingData gradable(TrainingData rows) {
        return rows;
    }

    /**
     * Tries an answer out. Whatever goes wrong in here costs this answer its reward and nothing else; see {@link Grading}.
     *
     * @param prompt the row that was asked
     * @param answer what the model said, as text
     */
    Grade grade(Example prompt, String answer);

    /**
     * What an environment made of an answer.
     *
     * @param reward what is maximised
     * @param marks 0 or 1 by name, e.g. {@code solved}: measured, never rewarded by themselves
     * @param seen what the grader saw, for people who read it later
     */
    record Grade(double reward, Map<String, Double> marks, String seen) {
        public Grade {
            marks = Map.copyOf(marks);
            Objects.requireNonNull(seen, "seen");
        }
    }
}
