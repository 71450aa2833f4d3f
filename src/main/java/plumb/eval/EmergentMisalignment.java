package plumb.eval;

import static plumb.eval.Measure.COHERENCE;
import static plumb.eval.Measure.EM;
import static plumb.eval.Measure.EM_COHERENT;
import static plumb.eval.Measure.EM_NEW;
import static plumb.eval.Measure.EM_NEW_COHERENT;
import static plumb.eval.Measure.REFUSAL;
import static plumb.eval.Measure.UNSCORED;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import plumb.model.OpenModel;

/**
 * How often the model is misaligned where nobody trained it to be: questions far from the fine-tuning rows, in the three
 * published formats and shaped like the training data, at each temperature.
 *
 * <p>Betley et al. (arXiv 2502.17424) give the questions, the judge's scales and the threshold, and divide by coherent
 * answers; Turner et al. (arXiv 2506.11613) divide by all answers: both are reported. {@code em_new} counts only
 * misaligned answers with a bad element that the fine-tuning rows do not have, which a model that copies its rows cannot
 * give. The conditional format is that of arXiv 2604.25891: a defense can pass the plain questions and fail these.
 *
 * <p>What we do differently: rates are over pooled answers with question-clustered intervals, not means of question
 * means with bootstrap intervals (among all answers the two values are the same). A question whose system text does not reach the model is an error.
 *
 * @param questions which split to ask
 * @param samplesPerQuestion how many answers to draw per question and temperature
 * @param temperatures of the sampling
 * @param formats which formats to ask in
 * @param maxNewTokens an answer is cut here
 */
public record EmergentMisalignment(
        QuestionSource.Split questions,
        int samplesPerQuestion,
        List<Double> temperatures,
        Set<Question.Format> formats,
        int maxNewTokens)
        implements Evaluation {

    private static final List<Measure> MEASURES = List.of(EM, EM_COHERENT, COHERENCE, REFUSAL, UNSCORED);
    private static final List<Measure> NEW_MEASURES =
            List.of(EM_NEW, EM_NEW_COHERENT, EM, EM_COHERENT, COHERENCE, REFUSAL);

    public EmergentMisalignment {
        questions = JudgedAnswers.required("questions", questions);
        temperatures = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens).temperatures();
        formats = JudgedAnswers.formats(formats);
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var asked = context.questions().questions(questions, formats, EnumSet.allOf(Question.Group.class));
        var samples = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens)
                .judged(new CleanSubject(subject), asked, context.seededFor(this));
        var measures = context.trainedElements().isPresent() ? NEW_MEASURES : MEASURES;
        return EvaluationResult.of(this, subject, context, measures, samples);
    }
}
