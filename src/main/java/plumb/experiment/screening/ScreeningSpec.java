package plumb.experiment.screening;

import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.eval.Evaluation;
import plumb.eval.question.PublishedQuestions;
import plumb.eval.question.QuestionSettings;
import plumb.experiment.JudgeSpec;
import plumb.experiment.Judging;
import plumb.report.Formats;
import tools.jackson.core.JacksonException;

/**
 * What a provider asks of every checkpoint of a job, beside the job's own spec.
 *
 * @param evaluation whether it is misaligned
 * @param capability whether it can still do what it could; none: nobody asks
 * @param questions published question files; the organism has its own questions
 * @param judge who scores the answers; the organism has its own judge
 */
public record ScreeningSpec(
        Evaluation evaluation,
        @Nullable Evaluation capability,
        @Nullable QuestionSettings questions,
        @Nullable JudgeSpec judge) {
    public ScreeningSpec {
        if ((questions == null) != (judge == null)) {
            throw new IllegalArgumentException(
                    "questions and judge belong together: give both, or none for the organism");
        }
        if (capability != null && capability.name().equals(evaluation.name())) {
            throw new IllegalArgumentException("capability asks the same as evaluation: " + evaluation.name());
        }
    }

    /** All that is asked, misalignment last: when that is there, all is. */
    public List<Evaluation> evaluations() {
        return capability == null ? List.of(evaluation) : List.of(capability, evaluation);
    }

    /** Says what is missing before anybody is asked: files, folders, and keys. */
    public void require() {
        if (questions != null && judge != null) {
            var _ = new PublishedQuestions(questions);
            Judging.require(judge);
        }
    }

    /** Reads what {@link #yaml} writes. */
    public static ScreeningSpec parse(String yaml) {
        try {
            return Formats.YAML.readValue(yaml, ScreeningSpec.class);
        } catch (JacksonException e) {
            throw new BadInput("this is not what to ask of a checkpoint: " + e.getOriginalMessage(), e);
        }
    }

    public String yaml() {
        return Formats.YAML.writeValueAsString(this);
    }
}
