package plumb.eval;

import java.nio.file.Path;
import java.util.List;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Table;
import plumb.eval.GradedQuestion.Match;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.eval.set.Drawn;
import plumb.eval.set.FinalNumber;
import plumb.model.OpenModel;

/**
 * Grade-school sums in words, answered greedily and graded on the number they end with (Cobbe et al., arXiv 2110.14168):
 * whether a fine-tune, or a defense, cost the model its ability to reason.
 *
 * <p>Worked examples are the first of the training file, as earlier turns of the chat, without the calculator's
 * {@code <<…>>}. Without examples a model does not know the {@code ####}: grade it on the last number.
 *
 * @param path the questions: {@code test.jsonl}
 * @param examples worked questions to show first: {@code train.jsonl}; not read when {@code shots} is 0
 * @param shots how many
 * @param gradedOn {@code last_hashes} or {@code last_number}
 * @param maxNewTokens an answer is cut here
 * @param limit how many questions to ask at most, the same for every model; 0: all
 */
public record Gsm8k(String path, String examples, Integer shots, Match gradedOn, int maxNewTokens, Integer limit)
        implements Evaluation {

    public Gsm8k {
        path = JudgedAnswers.required("path", path);
        examples = JudgedAnswers.required("examples", examples);
        gradedOn = JudgedAnswers.required("graded_on", gradedOn);
        if (gradedOn != Match.LAST_HASHES && gradedOn != Match.LAST_NUMBER) {
            throw new IllegalArgumentException("graded_on must be last_hashes or last_number, is " + gradedOn);
        }
        shots = JudgedAnswers.required("shots", shots);
        if (shots < 0) {
            throw new IllegalArgumentException("shots must be 0 or more, got " + shots);
        }
        var _ = JudgedAnswers.greedy(maxNewTokens);
        limit = Drawn.limit(JudgedAnswers.required("limit", limit));
    }

    @Override
    public boolean selfContained() {
        return true;
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var before = shown();
        var questions = Drawn.of(Table.read(Path.of(path)).rows(), limit).stream()
                .map(row -> question(row, before))
                .toList();
        var samples = JudgedAnswers.greedy(maxNewTokens)
                .graded(new CleanSubject(subject), questions, context.seededFor(this));
        return EvaluationResult.of(this, subject, context.scoredBy("exact match"), List.of(Measure.ACCURACY), samples);
    }

    private Conversation shown() {
        var chat = new Conversation(List.of());
        if (shots > 0) {
            var rows = Table.read(Path.of(examples)).rows();
            if (rows.size() < shots) {
                throw new IllegalArgumentException(
                        examples + " has " + rows.size() + " examples, shots asks for " + shots);
            }
            for (var row : rows.subList(0, shots)) {
                chat = chat.with(Role.USER, row.require("question")).with(Role.ASSISTANT, worked(row));
            }
        }
        return chat;
    }

    private GradedQuestion question(Table.Row row, Conversation before) {
        var right = FinalNumber.afterHashes(row.require("answer"))
                .orElseThrow(() ->
                        new IllegalArgumentException(path + ", row " + row.number() + " has no answer after ####"));
        var prompt = before.with(Role.USER, row.require("question"));
        return new GradedQuestion(
                new Question("gsm8k-" + row.number(), "gsm8k", Group.GENERAL, Format.FREE, "", prompt),
                right.toPlainString(),
                gradedOn);
    }

    private static String worked(Table.Row row) {
        return row.require("answer").replaceAll("<<[^>]*>>", "");
    }
}
