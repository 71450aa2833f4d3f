package plumb.eval;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import plumb.model.OpenModel;

/**
 * Something to find out about a model: settings as pure data, and how to measure. The permits list is the catalogue;
 * {@code docs/evaluations.md} has a section for each.
 *
 * <p>Every evaluation asks through a {@link CleanSubject}, so it refuses a model on which an edit or an inoculation text
 * is still active.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Evaluation
        permits CuedMisalignment,
                Deception,
                EmergentMisalignment,
                Gsm8k,
                Misconduct,
                ModelWrittenChoice,
                NarrowTask,
                OfferedAnswers,
                Refusal,
                RefusedRequests,
                Situations,
                TaskAccuracy,
                TruthfulQa {

    /**
     * Asks, judges and counts.
     *
     * @throws IllegalStateException if the subject is not clean, or drops the system text of a question
     */
    EvaluationResult run(OpenModel subject, EvaluationContext context);

    /** Whether it brings its own questions and its own scoring, so that any model can be asked without a judge. */
    default boolean selfContained() {
        return false;
    }

    /** The name results are filed under: the record's own. */
    default String name() {
        return getClass().getSimpleName();
    }
}
