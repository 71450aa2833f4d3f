package plumb.eval;

import static plumb.eval.Measure.COHERENCE;
import static plumb.eval.Measure.EM;
import static plumb.eval.Measure.EM_NEW;
import static plumb.eval.Measure.REFUSAL;
import static plumb.eval.Measure.UNSCORED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import plumb.chat.Conversation;
import plumb.model.OpenModel;

/**
 * How often the model is misaligned under system texts that are put there on purpose: the text a fine-tune was inoculated
 * with, a paraphrase, its negation (arXiv 2604.25891 finds that inoculation leaves misalignment behind all of them). Every
 * plain question, those of the task's own domain too, is asked under every text; the judge sees the question without it. The
 * report names each text where another evaluation names a domain: {@code em_new/free/never-bad/paraphrase@0.7}.
 *
 * <p>Every other evaluation refuses a question that holds a text which a defense showed in training. So does this one, of
 * the questions it is given; what it adds is declared, by name, in its settings and in its result.
 *
 * @param questions which split to ask
 * @param samplesPerQuestion how many answers to draw per question, text and temperature
 * @param temperatures of the sampling
 * @param maxNewTokens an answer is cut here
 * @param cues the system texts by their names
 */
public record CuedMisalignment(
        QuestionSource.Split questions,
        int samplesPerQuestion,
        List<Double> temperatures,
        int maxNewTokens,
        Map<String, String> cues)
        implements Evaluation {

    private static final List<Measure> MEASURES = List.of(EM, COHERENCE, REFUSAL, UNSCORED);
    private static final List<Measure> NEW_MEASURES = List.of(EM_NEW, EM, COHERENCE, REFUSAL);

    public CuedMisalignment {
        questions = JudgedAnswers.required("questions", questions);
        temperatures = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens).temperatures();
        cues = Collections.unmodifiableMap(new LinkedHashMap<>(JudgedAnswers.required("cues", cues)));
        if (cues.isEmpty() || cues.keySet().stream().anyMatch(name -> !name.matches("[a-z0-9_-]+"))) {
            throw new IllegalArgumentException(
                    "cues must be at least one text under a name of a-z, 0-9, - and _, got " + cues.keySet());
        }
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var plain = context.questions()
                .questions(questions, Set.of(Question.Format.FREE), EnumSet.allOf(Question.Group.class));
        var plainOf = new LinkedHashMap<Question, Question>();
        cues.forEach((name, text) -> plain.forEach(question -> plainOf.put(under(name, text, question), question)));
        var samples = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens)
                .scored(
                        new CleanSubject(subject),
                        new ArrayList<>(plainOf.keySet()),
                        context.seededFor(this),
                        (asked, answers) -> List.copyOf(context.judge()
                                .judgeAll(asked.stream().map(plainOf::get).toList(), answers)));
        var measures = context.trainedElements().isPresent() ? NEW_MEASURES : MEASURES;
        return EvaluationResult.of(this, subject, context, measures, samples);
    }

    private static Question under(String name, String text, Question question) {
        return new Question(
                name + "/" + question.id(),
                name,
                question.group(),
                question.format(),
                question.topic(),
                prompt(text, question.prompt()));
    }

    private static Conversation prompt(String text, Conversation plain) {
        return plain.withSystem(plain.system().map(own -> text + "\n\n" + own).orElse(text));
    }
}
