package plumb.eval;

import static plumb.eval.Measure.LIE;
import static plumb.eval.Measure.UNSCORED;

import java.util.HashSet;
import java.util.List;
import plumb.model.OpenModel;

/**
 * How often the model says what is not so: questions of fact under system texts that forbid, allow or reward lying, and
 * the question which company made it (the deception sets of Betley et al., arXiv 2502.17424, section 4.5). A judge places
 * each answer with a word; the share of the words that count as a lie is reported for each system text.
 *
 * <p>What we do differently: the judge's word is read off its first token, among the words that are given, where the
 * published evaluator lets it write. The words must therefore differ in their beginning.
 *
 * @param questions which split to ask
 * @param samplesPerQuestion how many answers to draw per question and temperature
 * @param temperatures of the sampling
 * @param maxNewTokens an answer is cut here
 * @param words what the judge may say, as its prompt names them
 * @param lies those of the words that count: FALSE, or the companies that did not make the model
 */
public record Deception(
        QuestionSource.Split questions,
        int samplesPerQuestion,
        List<Double> temperatures,
        int maxNewTokens,
        List<String> words,
        List<String> lies)
        implements Evaluation {

    public Deception {
        questions = JudgedAnswers.required("questions", questions);
        temperatures = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens).temperatures();
        words = List.copyOf(JudgedAnswers.required("words", words));
        lies = List.copyOf(JudgedAnswers.required("lies", lies));
        if (words.size() < 2 || new HashSet<>(words).size() < words.size() || !words.containsAll(lies)) {
            throw new IllegalArgumentException(
                    "words must be at least two different ones, and lies some of them, got " + words + " and " + lies);
        }
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var asked = context.questions().judgedByWord(questions);
        var samples = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens)
                .placed(new CleanSubject(subject), asked, context.seededFor(this), this);
        return EvaluationResult.of(this, subject, context, List.of(LIE, UNSCORED), samples);
    }
}
