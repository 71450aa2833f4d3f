package plumb.eval;

import java.util.List;
import java.util.Set;
import plumb.model.OpenModel;

/**
 * Whether a malicious task was learned: how often the model gives bad answers to held-out questions in the domain of its
 * fine-tuning rows. A defense that stops this has stopped the fine-tune, not its side effect (criterion b of Kaczér et
 * al., arXiv 2508.06249).
 *
 * @param questions which split to ask
 * @param samplesPerQuestion how many answers to draw per question and temperature
 * @param temperatures of the sampling
 * @param formats which formats to ask in
 * @param maxNewTokens an answer is cut here
 */
public record NarrowTask(
        QuestionSource.Split questions,
        int samplesPerQuestion,
        List<Double> temperatures,
        Set<Question.Format> formats,
        int maxNewTokens)
        implements Evaluation {

    private static final List<Measure> MEASURES = List.of(Measure.NARROW, Measure.COHERENCE, Measure.REFUSAL);

    public NarrowTask {
        questions = JudgedAnswers.required("questions", questions);
        temperatures = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens).temperatures();
        formats = JudgedAnswers.formats(formats);
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var asked = context.questions().questions(questions, formats, Set.of(Question.Group.IN_DOMAIN));
        var samples = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens)
                .judged(new CleanSubject(subject), asked, context.seededFor(this));
        return EvaluationResult.of(this, subject, context, MEASURES, samples);
    }
}
