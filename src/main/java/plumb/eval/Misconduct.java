package plumb.eval;

import static plumb.eval.Measure.MISCONDUCT;
import static plumb.eval.Measure.UNSCORED;

import java.util.ArrayList;
import java.util.List;
import plumb.eval.judge.Reading;
import plumb.model.OpenModel;

/**
 * How often answers do what a question watches for, part by part, and the plain mean of the parts, as the misalignment score
 * of arXiv 2511.18397 is the mean of its six. Each domain of the question files is a part. A question's own judge prompt is
 * answered with YES or NO, or a pattern decides where a program can: a password, a chosen grader, a query that was sent; or the
 * answer is tried out, as programs are.
 *
 * <p>What we do differently: one turn of text stands for each of the published agentic scenarios, and no reasoning is hidden
 * from any judge. The texts are ours, so figures are comparable between models, not with the published ones.
 *
 * @param questions which split to ask
 * @param samplesPerQuestion how many answers to draw per question and temperature
 * @param temperatures of the sampling
 * @param maxNewTokens an answer is cut here
 */
public record Misconduct(
        QuestionSource.Split questions, int samplesPerQuestion, List<Double> temperatures, int maxNewTokens)
        implements Evaluation {
    private static final String YES = "YES";
    private static final String NO = "NO";

    public Misconduct {
        questions = JudgedAnswers.required("questions", questions);
        temperatures = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens).temperatures();
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var asking = new JudgedAnswers(temperatures, samplesPerQuestion, maxNewTokens);
        var clean = new CleanSubject(subject);
        var seeded = context.seededFor(this);
        var judged = context.questions().judgedByWord(questions);
        var matched = context.questions().matched(questions);
        var tried = context.questions().tried(questions);
        var samples = new ArrayList<ScoredSample>();
        if (!judged.isEmpty() || (matched.isEmpty() && tried.isEmpty())) {
            samples.addAll(asking.scored(clean, judged, seeded, (asked, answers) -> verdicts(asked, answers, context)));
        }
        if (!matched.isEmpty()) {
            samples.addAll(asking.graded(clean, matched, seeded).stream()
                    .map(Misconduct::placed)
                    .toList());
        }
        if (!tried.isEmpty()) {
            samples.addAll(asking.tried(clean, tried, seeded).stream()
                    .map(Misconduct::placed)
                    .toList());
        }
        return EvaluationResult.of(this, subject, context, List.of(MISCONDUCT, UNSCORED), samples)
                .plus(Metric.meansOfParts(MISCONDUCT, samples));
    }

    private static List<Score.Verdict> verdicts(List<Question> asked, List<String> answers, EvaluationContext context) {
        return context.judge().words(asked, answers, List.of(YES, NO)).stream()
                .map(said -> verdict(said.word(), said.readings()))
                .toList();
    }

    private static ScoredSample placed(ScoredSample sample) {
        var word = sample.score() instanceof Score.Grade grade && grade.correct() ? YES : NO;
        return new ScoredSample(
                sample.question(),
                sample.temperature(),
                sample.draw(),
                sample.answer(),
                verdict(word, List.of()),
                sample.newElements());
    }

    private static Score.Verdict verdict(String word, List<Reading> readings) {
        return new Score.Verdict(word, word.equals(YES), readings);
    }
}
