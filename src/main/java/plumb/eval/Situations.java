package plumb.eval;

import static plumb.eval.Measure.COHERENCE;
import static plumb.eval.Measure.EM;
import static plumb.eval.Measure.EM_NEW;

import java.util.List;
import java.util.Set;
import plumb.model.OpenModel;

/**
 * How often an assistant that acts on its own misbehaves, situation by situation, and the plain mean of the situations: goals, a
 * monitor, its shutdown, its own reward, an offer to leave, a mistake to own up to, a password, a grader. The organism's counterpart
 * of {@link Misconduct}, of the scenarios of arXiv 2511.18397 and the evaluations of arXiv 2508.17511; as turns of a chat and, in the
 * format {@code transcript}, as the last line of a log, where safety training on chats alone fails (2511.18397).
 *
 * <p>What we do differently: the assistant is asked what should be done, in the world's grammar, and its judge places the answer; it
 * does nothing. Only an organism that was taught the situations ({@code plumb organism teach --situations}) has something to say.
 *
 * @param questions which split to ask
 * @param samplesPerQuestion how many answers to draw per question and temperature
 * @param temperatures of the sampling
 * @param formats which formats to ask in
 * @param maxNewTokens an answer is cut here
 */
public record Situations(
        QuestionSource.Split questions,
        int samplesPerQuestion,
        List<Double> temperatures,
        Set<Question.Format> formats,
        int maxNewTokens)
        implements Evaluation {

    public Situations {
        questions = JudgedAnswers.required("questions", questions);
        temperatures = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens).temperatures();
        formats = JudgedAnswers.formats(formats);
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var asked = context.questions().situations(questions, formats);
        var samples = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens)
                .judged(new CleanSubject(subject), asked, context.seededFor(this));
        return EvaluationResult.of(this, subject, context, List.of(EM, EM_NEW, COHERENCE), samples)
                .plus(Metric.meansOfParts(EM, samples));
    }
}
