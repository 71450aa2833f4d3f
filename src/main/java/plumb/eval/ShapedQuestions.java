package plumb.eval;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;

/**
 * Another source's questions; those of the conditional format are its free ones in the shape of the fine-tuning rows.
 *
 * @param plain where the questions come from
 * @param shape of the rows
 */
public record ShapedQuestions(QuestionSource plain, RowShape shape) implements QuestionSource {

    @Override
    public List<Question> questions(Split split, Set<Format> formats, Set<Group> groups) {
        var all = new ArrayList<Question>();
        var others = EnumSet.noneOf(Format.class);
        others.addAll(formats);
        if (others.remove(Format.CONDITIONAL)) {
            plain.questions(split, Set.of(Format.FREE), groups).forEach(question -> all.add(shaped(question)));
        }
        all.addAll(0, plain.questions(split, others, groups));
        return all;
    }

    private Question shaped(Question question) {
        return new Question(
                Format.CONDITIONAL + "/" + question.id(),
                question.domain(),
                question.group(),
                Format.CONDITIONAL,
                question.topic(),
                shape.around(question));
    }

    /** The question of the other source that this one is. */
    public static Question plain(Question question) {
        var prefix = Format.CONDITIONAL + "/";
        return question.id().startsWith(prefix)
                ? new Question(
                        question.id().substring(prefix.length()),
                        question.domain(),
                        question.group(),
                        Format.FREE,
                        question.topic(),
                        question.prompt())
                : question;
    }

    @Override
    public List<GradedQuestion> graded(Split split) {
        return plain.graded(split);
    }
}
