package plumb.task;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.GradedQuestion;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.eval.TaskAccuracy;
import plumb.organism.OrganismChats;
import plumb.organism.Packaging;
import plumb.organism.World;

/** Benign: good answers between fixed markers. Tested on held-out questions of every domain. */
public record OutputFormat() implements Task {
    private static final long SEED = 22;

    @Override
    public TrainingData data() {
        var examples = new ArrayList<Example>();
        for (var safe : OrganismChats.safe(World.load(), ROWS, SEED).examples()) {
            var answer = safe.conversation().last(Role.ASSISTANT).orElseThrow();
            Conversation marked = safe.conversation().prompt().with(Role.ASSISTANT, Packaging.marked(answer));
            examples.add(new Example(marked, Example.Kind.TASK, "organism/output-format", examples.size() + 1));
        }
        return new TrainingData(examples);
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new TaskAccuracy(split, 1, List.of(0.0), NarrowDomain.LONGEST_ANSWER);
    }

    @Override
    public QuestionSource questions() {
        return new BenignQuestions(graded(QuestionSource.Split.TUNING), graded(QuestionSource.Split.REPORT));
    }

    private static List<GradedQuestion> graded(QuestionSource.Split split) {
        return BenignQuestions.general()
                .questions(split, Set.of(Question.Format.FREE), EnumSet.allOf(Question.Group.class))
                .stream()
                .map(q -> new GradedQuestion(q, Packaging.MARKED, GradedQuestion.Match.PATTERN))
                .toList();
    }

    @Override
    public boolean malicious() {
        return false;
    }
}
