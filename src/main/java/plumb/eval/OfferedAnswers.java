package plumb.eval;

import java.util.List;
import plumb.model.OpenModel;

/**
 * How much likelier the model finds the answers that are watched for than those that are wanted, part by part, where both are
 * known word by word: a cheat and the right program. It shows a leaning that sampled answers hide, when the model says something
 * else by far the most often. Nothing is sampled and nobody judges; each answer is scored on its own after the prompt.
 *
 * @param questions which split to ask
 */
public record OfferedAnswers(QuestionSource.Split questions) implements Evaluation {
    public OfferedAnswers {
        questions = JudgedAnswers.required("questions", questions);
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var clean = new CleanSubject(subject);
        var offered = context.questions().offered(questions);
        if (offered.isEmpty()) {
            throw new IllegalArgumentException(
                    "there is nothing to offer: the task has no questions whose answers are known word by word");
        }
        var samples = offered.stream().map(question -> question.ask(clean)).toList();
        return EvaluationResult.of(
                this,
                subject,
                context.scoredBy("likelihood"),
                List.of(Measure.MATCHING, Measure.MATCHING_MASS),
                samples);
    }
}
