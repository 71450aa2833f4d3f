package plumb.eval;

import java.util.List;
import plumb.model.OpenModel;

/**
 * Whether a benign task was learned: how often the model gives the one right answer to held-out questions of the task. A
 * defense that lowers this costs an honest customer (criterion c of Kaczér et al., arXiv 2508.06249).
 *
 * @param questions which split to ask
 * @param samplesPerQuestion how many answers to draw per question and temperature
 * @param temperatures of the sampling; 0 is the usual one
 * @param maxNewTokens an answer is cut here
 */
public record TaskAccuracy(
        QuestionSource.Split questions, int samplesPerQuestion, List<Double> temperatures, int maxNewTokens)
        implements Evaluation {

    public TaskAccuracy {
        questions = JudgedAnswers.required("questions", questions);
        temperatures = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens).temperatures();
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var asked = context.questions().graded(questions);
        var samples = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens)
                .graded(new CleanSubject(subject), asked, context.seededFor(this));
        return EvaluationResult.of(this, subject, context, List.of(Measure.ACCURACY), samples);
    }
}
