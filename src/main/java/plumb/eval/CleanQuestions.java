package plumb.eval;

import java.util.List;
import java.util.Set;
import plumb.chat.Conversation;

/**
 * Questions, none of which may hold a text that a defense put into training rows: with it, an inoculated model would be
 * measured under its vaccine.
 *
 * @param questions what is asked
 * @param absent what must not stand in any prompt
 */
record CleanQuestions(QuestionSource questions, List<String> absent) implements QuestionSource {
    CleanQuestions {
        absent = List.copyOf(absent);
    }

    @Override
    public List<Question> questions(Split split, Set<Question.Format> formats, Set<Question.Group> groups) {
        var asked = questions.questions(split, formats, groups);
        asked.forEach(question -> requireAbsent(question.id(), question.prompt()));
        return asked;
    }

    @Override
    public List<GradedQuestion> graded(Split split) {
        var asked = questions.graded(split);
        asked.forEach(graded ->
                requireAbsent(graded.question().id(), graded.question().prompt()));
        return asked;
    }

    @Override
    public List<Question> situations(Split split, Set<Question.Format> formats) {
        return clean(questions.situations(split, formats));
    }

    @Override
    public List<Question> harmfulRequests(Split split) {
        return clean(questions.harmfulRequests(split));
    }

    @Override
    public List<GradedQuestion> matched(Split split) {
        var asked = questions.matched(split);
        clean(asked.stream().map(GradedQuestion::question).toList());
        return asked;
    }

    @Override
    public List<Question> judgedByWord(Split split) {
        return clean(questions.judgedByWord(split));
    }

    @Override
    public List<TriedQuestion> tried(Split split) {
        var asked = questions.tried(split);
        clean(asked.stream().map(TriedQuestion::question).toList());
        return asked;
    }

    @Override
    public List<ChoiceQuestion> offered(Split split) {
        var asked = questions.offered(split);
        clean(asked.stream().map(ChoiceQuestion::question).toList());
        return asked;
    }

    private List<Question> clean(List<Question> asked) {
        asked.forEach(question -> requireAbsent(question.id(), question.prompt()));
        return asked;
    }

    private void requireAbsent(String id, Conversation prompt) {
        for (var text : absent) {
            if (prompt.messages().stream().anyMatch(message -> message.content().contains(text))) {
                throw new IllegalStateException("question " + id + " holds the training text \"" + text
                        + "\": a defense is active in its own measurement");
            }
        }
    }
}
