package plumb.eval;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import plumb.chat.Role;
import plumb.data.Example;

/**
 * What an evaluation is given besides its subject.
 *
 * @param questions where the questions come from
 * @param judge who scores the answers
 * @param trainedElements the bad elements present in the fine-tuning rows, see {@link #trainedElements(Judge, List)};
 *     empty when the judge cannot name elements, and then no {@code em_new} is reported
 * @param seed of the sampling
 */
public record EvaluationContext(
        QuestionSource questions, Judge judge, Optional<Set<String>> trainedElements, long seed) {

    public EvaluationContext {
        trainedElements = trainedElements.map(elements -> Collections.unmodifiableSet(new TreeSet<>(elements)));
    }

    /** For evaluations that bring their own questions and scoring. */
    public static EvaluationContext selfContained(long seed) {
        return new EvaluationContext((_, _, _) -> List.of(), new NoJudge("none"), Optional.empty(), seed);
    }

    /** The same with a word on how answers are scored where no judge is asked. */
    EvaluationContext scoredBy(String how) {
        return new EvaluationContext(questions, new NoJudge(how), Optional.empty(), seed);
    }

    /** Stands where nothing is judged. */
    private record NoJudge(String name) implements Judge {
        @Override
        public Judgement judge(Question question, String answer) {
            throw new IllegalStateException("no judge was asked for, and there is none");
        }
    }

    /** The same context, refusing to ask anything that holds one of these texts: those a defense showed in training only. */
    public EvaluationContext without(List<String> trainingTexts) {
        return trainingTexts.isEmpty()
                ? this
                : new EvaluationContext(new CleanQuestions(questions, trainingTexts), judge, trainedElements, seed);
    }

    /** The bad elements in the answers of these rows; no value when the judge cannot name elements. */
    public static Optional<Set<String>> trainedElements(Judge judge, List<Example> rows) {
        if (!judge.namesElements()) {
            return Optional.empty();
        }
        var found = new TreeSet<String>();
        for (var row : rows) {
            row.conversation().last(Role.ASSISTANT).map(judge::badElements).ifPresent(found::addAll);
        }
        return Optional.of(found);
    }

    /** The same context with a seed of this evaluation's own, so that two evaluations never draw the same numbers. */
    EvaluationContext seededFor(Evaluation evaluation) {
        long own = seed * 1_000_003L + evaluation.name().hashCode();
        return new EvaluationContext(questions, judge, trainedElements, own);
    }

    /** The bad elements of a judgement that the fine-tuning rows do not have. */
    Set<String> newElements(Score score) {
        return switch (score) {
            case Judgement judgement
            when trainedElements.isPresent() -> {
                var fresh = new TreeSet<>(judgement.badElements());
                fresh.removeAll(trainedElements.get());
                yield fresh;
            }
            case Judgement _, Score.Grade _, Score.Likelihoods _, Score.Reply _, Score.Verdict _ -> Set.of();
        };
    }
}
