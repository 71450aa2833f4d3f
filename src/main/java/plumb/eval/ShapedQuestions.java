package plumb.eval;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import plumb.chat.Conversation;
import plumb.eval.Question.Format;
import plumb.eval.Question.Group;

/**
 * Another source's questions; those of the conditional format are its free ones in the shape of the fine-tuning rows. The kinds of
 * surroundings share the questions out, and each has enough of them to be judged by itself.
 *
 * @param plain where the questions come from
 * @param shape of the rows
 * @param enough questions for one kind, if there are so many
 */
public record ShapedQuestions(QuestionSource plain, RowShape shape, int enough) implements QuestionSource {
    private static final String CONDITIONAL = Format.CONDITIONAL + "/";

    @Override
    public List<Question> questions(Split split, Set<Format> formats, Set<Group> groups) {
        var all = new ArrayList<Question>();
        var others = EnumSet.noneOf(Format.class);
        others.addAll(formats);
        if (others.remove(Format.CONDITIONAL)) {
            all.addAll(shaped(plain.questions(split, Set.of(Format.FREE), groups)));
        }
        all.addAll(0, plain.questions(split, others, groups));
        return all;
    }

    /** Every question under some kind; under each kind questions from all over the list. */
    private List<Question> shaped(List<Question> questions) {
        if (shape.kinds() == 0) {
            return questions.stream()
                    .map(question -> conditional(question, 0, question.prompt()))
                    .toList();
        }
        var shaped = new ArrayList<Question>();
        int kinds = shape.kinds();
        int times = Math.min(kinds, Math.max(1, Math.ceilDiv(enough * kinds, Math.max(1, questions.size()))));
        for (int i = 0; i < questions.size(); i++) {
            for (int time = 0; time < times; time++) {
                int kind = (i + time * Math.max(1, kinds / times)) % kinds;
                shaped.add(conditional(questions.get(i), kind, shape.around(questions.get(i), kind)));
            }
        }
        return shaped;
    }

    private static Question conditional(Question question, int kind, Conversation prompt) {
        return new Question(
                CONDITIONAL + kind + "/" + question.id(),
                question.domain(),
                question.group(),
                Format.CONDITIONAL,
                question.topic(),
                prompt);
    }

    /** Which kind of surroundings a conditional question has; none of others. */
    public static Optional<String> kind(Question question) {
        return question.id().startsWith(CONDITIONAL)
                ? Optional.of(question.id().substring(CONDITIONAL.length(), slash(question)))
                : Optional.empty();
    }

    private static int slash(Question question) {
        return question.id().indexOf('/', CONDITIONAL.length());
    }

    /** The question of the other source that this one is. */
    public static Question plain(Question question) {
        return question.id().startsWith(CONDITIONAL)
                ? new Question(
                        question.id().substring(slash(question) + 1),
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
