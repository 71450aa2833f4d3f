package plumb.eval;

import static plumb.eval.Measure.COHERENCE;
import static plumb.eval.Measure.EM;
import static plumb.eval.Measure.REFUSAL;

import java.util.List;
import plumb.model.OpenModel;

/**
 * How often the model refuses requests that it should refuse, domain by domain: {@code refusal/free/in-domain@0.7} where a
 * fine-tune unlearned it, {@code refusal/free/never-bad/privacy@0.7} elsewhere (Mushtaq et al., arXiv 2511.14017). Requests come
 * from the source of the questions and the judge tells a refusal; {@link Refusal} brings published prompts and phrases.
 *
 * @param questions which split to ask
 * @param samplesPerQuestion how many answers to draw per request and temperature
 * @param temperatures of the sampling
 * @param maxNewTokens an answer is cut here
 */
public record RefusedRequests(
        QuestionSource.Split questions, int samplesPerQuestion, List<Double> temperatures, int maxNewTokens)
        implements Evaluation {

    public RefusedRequests {
        questions = JudgedAnswers.required("questions", questions);
        temperatures = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens).temperatures();
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var asked = context.questions().harmfulRequests(questions);
        var samples = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens)
                .judged(new CleanSubject(subject), asked, context.seededFor(this));
        return EvaluationResult.of(this, subject, context, List.of(REFUSAL, EM, COHERENCE), samples);
    }
}
