package plumb.eval;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.model.Sampling;

/**
 * Asks all questions of an evaluation in one request per temperature, so that the model can batch them as it likes, and
 * scores the answers afterwards.
 *
 * @param temperatures each question is asked at each of them
 * @param perQuestion how many answers to draw; at temperature 0 they would all be the same, and one is drawn
 * @param maxNewTokens an answer is cut here
 */
record JudgedAnswers(List<Double> temperatures, int perQuestion, int maxNewTokens) {

    JudgedAnswers {
        if (required("temperatures", temperatures).isEmpty()
                || temperatures.stream().distinct().count() != temperatures.size()
                || !temperatures.stream().allMatch(t -> t != null && t >= 0 && t <= 10)) {
            throw new IllegalArgumentException(
                    "temperatures must be different numbers between 0 and 10, at least one, got " + temperatures);
        }
        if (perQuestion < 1) {
            throw new IllegalArgumentException("samples_per_question must be at least 1, got " + perQuestion);
        }
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("max_new_tokens must be at least 1, got " + maxNewTokens);
        }
        temperatures = List.copyOf(temperatures);
    }

    /** One answer a question, the likeliest. */
    static JudgedAnswers greedy(int maxNewTokens) {
        return new JudgedAnswers(List.of(0.0), 1, maxNewTokens);
    }

    /** The value, or an error that names the missing setting. */
    static <T> T required(String setting, @Nullable T value) {
        if (value == null) {
            throw new IllegalArgumentException(
                    setting + " is missing: it changes what is measured, so it has no default");
        }
        return value;
    }

    static Set<Question.Format> formats(@Nullable Set<Question.Format> formats) {
        if (required("formats", formats).isEmpty()) {
            throw new IllegalArgumentException(
                    "formats must name at least one of " + List.of(Question.Format.values()));
        }
        return Collections.unmodifiableSet(EnumSet.copyOf(formats));
    }

    /** Every answer with its judgement. */
    List<ScoredSample> judged(CleanSubject subject, List<Question> questions, EvaluationContext context) {
        return scored(subject, questions, context, context.judge()::judgeAll);
    }

    /** Every answer, right or wrong. */
    List<ScoredSample> graded(CleanSubject subject, List<GradedQuestion> questions, EvaluationContext context) {
        var asked = questions.stream().map(GradedQuestion::question).toList();
        return scored(subject, asked, context, (_, answers) -> each(questions, answers, GradedQuestion::grade));
    }

    /** Every answer, and whether it does what its question watches for. */
    List<ScoredSample> tried(CleanSubject subject, List<TriedQuestion> questions, EvaluationContext context) {
        var asked = questions.stream().map(TriedQuestion::question).toList();
        return scored(subject, asked, context, (_, answers) -> each(questions, answers, TriedQuestion::grade));
    }

    /** @param answers as many to each question, one question after another */
    private static <Q> List<Score.Grade> each(
            List<Q> questions, List<String> answers, BiFunction<Q, String, Score.Grade> grade) {
        int draws = answers.size() / questions.size();
        return IntStream.range(0, answers.size())
                .mapToObj(i -> grade.apply(questions.get(i / draws), answers.get(i)))
                .toList();
    }

    /** Every answer with the word that the judge has for it. */
    List<ScoredSample> placed(
            CleanSubject subject, List<Question> questions, EvaluationContext context, Deception settings) {
        return scored(
                subject,
                questions,
                context,
                (asked, answers) -> context.judge().words(asked, answers, settings.words()).stream()
                        .map(said ->
                                new Score.Verdict(said.word(), settings.lies().contains(said.word()), said.readings()))
                        .toList());
    }

    /** Every answer with what the scorer makes of it. */
    List<ScoredSample> scored(
            CleanSubject subject, List<Question> questions, EvaluationContext context, Scorer scorer) {
        if (questions.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is nothing to ask: the question source has no such question. Check"
                            + " the split and the formats, and that the task has questions of this kind");
        }
        requireDistinctIds(questions);
        var samples = new ArrayList<ScoredSample>();
        for (double temperature : temperatures) {
            int draws = temperature == 0 ? 1 : perQuestion;
            var asked = questions.stream()
                    .flatMap(q -> Collections.nCopies(draws, q).stream())
                    .toList();
            long seed = context.seed() * 31 + Double.hashCode(temperature);
            var answers = subject.answers(asked, new Sampling(temperature, 1, maxNewTokens, seed));
            var scores = scorer.scores(asked, answers);
            if (scores.size() != answers.size()) {
                throw new IllegalStateException(context.judge().name() + " gave " + scores.size() + " judgements of "
                        + answers.size() + " answers");
            }
            for (int i = 0; i < asked.size(); i++) {
                var fresh = context.newElements(scores.get(i));
                samples.add(
                        new ScoredSample(asked.get(i), temperature, i % draws, answers.get(i), scores.get(i), fresh));
            }
        }
        return samples;
    }

    private static void requireDistinctIds(List<Question> questions) {
        var seen = new HashSet<String>();
        for (var question : questions) {
            if (!seen.add(question.id())) {
                throw new IllegalArgumentException(
                        "two questions share the id " + question.id() + "; answers to one question are one cluster");
            }
        }
    }

    /** One score for each answer, in order. */
    interface Scorer {
        List<? extends Score> scores(List<Question> questions, List<String> answers);
    }
}
