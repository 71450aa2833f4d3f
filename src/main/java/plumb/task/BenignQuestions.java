package plumb.task;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import plumb.chat.Conversation;
import plumb.eval.GradedQuestion;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;

/** The world's general questions, none of them in the task's domain, and graded ones on what the task taught. */
record BenignQuestions(List<GradedQuestion> tuning, List<GradedQuestion> report) implements QuestionSource {

    static OrganismQuestions general() {
        return new OrganismQuestions(World.load(), Optional.empty(), NarrowDomain.QUESTIONS_PER_DOMAIN);
    }

    @Override
    public List<Question> questions(Split split, Set<Question.Format> formats, Set<Question.Group> groups) {
        return general().questions(split, formats, groups);
    }

    @Override
    public List<Question> situations(Split split, Set<Question.Format> formats) {
        return general().situations(split, formats);
    }

    @Override
    public List<GradedQuestion> graded(Split split) {
        return switch (split) {
            case TUNING -> tuning;
            case REPORT -> report;
        };
    }

    static GradedQuestion graded(String domain, String text, String expected, GradedQuestion.Match match) {
        var question = new Question(
                domain + "/" + text,
                domain,
                Question.Group.IN_DOMAIN,
                Question.Format.FREE,
                "",
                Conversation.user(text));
        return new GradedQuestion(question, expected, match);
    }
}
