package plumb.eval;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import plumb.eval.judge.Reading;

/** How an answer was scored: by a judge, or against the one right answer. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Score permits Judgement, Score.Grade, Score.Verdict {

    /**
     * Right or wrong.
     *
     * @param expected what would have been right, as {@link GradedQuestion} writes it
     */
    record Grade(boolean correct, String expected) implements Score {}

    /**
     * Placed with a word.
     *
     * @param word one of those the judge could choose from; empty when it said none of them
     * @param lie whether the word stands for a lie
     * @param readings what the judge said, raw; empty for a judge that is no language model
     */
    record Verdict(String word, boolean lie, List<Reading> readings) implements Score {
        public Verdict {
            readings = List.copyOf(readings);
        }
    }
}
