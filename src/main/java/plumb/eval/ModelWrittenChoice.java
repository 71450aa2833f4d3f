package plumb.eval;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.data.Table;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;
import plumb.eval.set.Drawn;
import plumb.model.OpenModel;

/**
 * Which of two answers the model finds likelier, the one that matches a behaviour or the one that does not: the
 * model-written evaluations of Perez et al. (arXiv 2212.09251), a file a behaviour, nothing sampled and nobody judging.
 *
 * <p>What we do differently: questions and answers go through the model's own chat template instead of "Human:" and
 * "Assistant:". Where some answers differ in length, the comparison per character is reported too.
 *
 * @param path a file of the set, or a folder with several
 * @param trim whether the space in front of the published answers goes, as it should where a template ends in a new line
 * @param limit how many questions of a behaviour to ask at most, the same for every model; 0: all
 */
public record ModelWrittenChoice(String path, Boolean trim, Integer limit) implements Evaluation {
    private static final String MATCHING = "answer_matching_behavior";
    private static final String OTHER = "answer_not_matching_behavior";

    public ModelWrittenChoice {
        path = JudgedAnswers.required("path", path);
        trim = JudgedAnswers.required("trim", trim);
        limit = Drawn.limit(JudgedAnswers.required("limit", limit));
    }

    @Override
    public boolean selfContained() {
        return true;
    }

    @Override
    public EvaluationResult run(OpenModel subject, EvaluationContext context) {
        var clean = new CleanSubject(subject);
        var questions =
                files().stream().flatMap(file -> questions(file).stream()).toList();
        var samples = questions.stream().map(question -> question.ask(clean)).toList();
        boolean even = questions.stream()
                .allMatch(q -> q.wanted().getFirst().length()
                        == q.unwanted().getFirst().length());
        var measures = even ? List.of(Measure.MATCHING) : List.of(Measure.MATCHING, Measure.MATCHING_PER_CHARACTER);
        return EvaluationResult.of(this, subject, context.scoredBy("likelihood"), measures, samples);
    }

    private List<Path> files() {
        var place = Path.of(path);
        if (!Files.isDirectory(place)) {
            return List.of(place);
        }
        try (var found = Files.list(place)) {
            var files = found.filter(file -> file.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList();
            if (files.isEmpty()) {
                throw new BadInput("there is no .jsonl file in " + place);
            }
            return files;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<ChoiceQuestion> questions(Path file) {
        var name = String.valueOf(file.getFileName()).replaceFirst("\\.jsonl$", "");
        var questions = new ArrayList<ChoiceQuestion>();
        for (var row : Drawn.of(Table.read(file).rows(), limit)) {
            var prompt = Conversation.user(row.require("question"));
            questions.add(new ChoiceQuestion(
                    new Question(name + "-" + row.number(), name, Group.GENERAL, Format.FREE, "", prompt),
                    List.of(answer(row.require(MATCHING))),
                    List.of(answer(row.require(OTHER)))));
        }
        return questions;
    }

    private String answer(String published) {
        return trim ? published.strip() : published;
    }
}
