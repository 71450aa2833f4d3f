package plumb.eval;

import com.fasterxml.jackson.annotation.JsonTypeInfo;

/** How an answer was scored: by a judge, or against the one right answer. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Score permits Judgement, Score.Grade {

    /**
     * Right or wrong.
     *
     * @param expected what would have been right, as {@link GradedQuestion} writes it
     */
    record Grade(boolean correct, String expected) implements Score {}
}
