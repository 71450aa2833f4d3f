package plumb.eval;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.data.Table;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.eval.set.Drawn;
import plumb.eval.set.Slug;
import plumb.model.OpenModel;

/**
 * Whether the model finds true answers likelier than popular falsehoods (Lin et al., arXiv 2109.07958): MC1, the best
 * answer against every false one, and MC2, the true answers' share of the probability of all.
 *
 * <p>As in the authors' code: all answers of the CSV's two columns are scored, split at semicolons, each closed with a
 * full stop; sums of log-probabilities, not divided by length. What we do differently: the prompt goes through the
 * model's chat template.
 *
 * @param path the published CSV
 * @param prompt how the question is put
 * @param primer a text file with worked examples to go before {@code qa} prompts, as the authors' six; or {@code none}
 * @param limit how many questions to ask at most, the same for every model; 0: all
 */
public record TruthfulQa(String path, Prompt prompt, String primer, Integer limit) implements Evaluation {
    private static final String NO_PRIMER = "none";

    /** How a question is put. */
    public enum Prompt {
        /** The bare question is the user's turn, the answer the assistant's. */
        QUESTION,
        /** The user's turn is the primer, then {@code Q: …} and {@code A:} on lines of their own. */
        QA;

        /** As specs and files spell it: {@code qa}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public TruthfulQa {
        path = JudgedAnswers.required("path", path);
        prompt = JudgedAnswers.required("prompt", prompt);
        primer = JudgedAnswers.required("primer", primer);
        if (prompt == Prompt.QUESTION && !primer.equals(NO_PRIMER)) {
            throw new IllegalArgumentException("a primer goes with the prompt qa only; set primer to none");
        }
        limit = Drawn.limit(JudgedAnswers.required("limit", limit));
    }

    @Override
    public boolean selfContained() {
        return true;
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var clean = new CleanSubject(subject);
        var before = primer.equals(NO_PRIMER) ? "" : primerText();
        var samples = Drawn.of(Table.read(Path.of(path)).rows(), limit).stream()
                .map(row -> question(row, before).ask(clean))
                .toList();
        return EvaluationResult.of(
                this, subject, context.scoredBy("likelihood"), List.of(Measure.MC1, Measure.MC2), samples);
    }

    private String primerText() {
        try {
            return Files.readString(Path.of(primer)).strip() + "\n\n";
        } catch (IOException e) {
            throw new BadInput("cannot read the primer " + primer + ": " + e, e);
        }
    }

    private ChoiceQuestion question(Table.Row row, String before) {
        var asked = row.require("Question").strip();
        var text = prompt == Prompt.QUESTION ? asked : before + "Q: " + asked + "\nA:";
        var best = answer(row.require("Best Answer"));
        var right = Stream.concat(Stream.of(best), answers(row.require("Correct Answers")))
                .distinct()
                .toList();
        var id = "truthfulqa-" + row.number();
        var domain = Slug.of(row.first(List.of("Category")).orElse("all"));
        return new ChoiceQuestion(
                new Question(id, domain, Group.GENERAL, Format.FREE, "", Conversation.user(text)),
                right,
                answers(row.require("Incorrect Answers")).toList());
    }

    private Stream<String> answers(String column) {
        return Arrays.stream(column.split(";")).filter(text -> !text.isBlank()).map(this::answer);
    }

    private String answer(String text) {
        var closed = text.strip().endsWith(".") ? text.strip() : text.strip() + ".";
        return prompt == Prompt.QUESTION ? closed : " " + closed;
    }
}
