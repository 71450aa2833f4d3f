package plumb.task;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.GradedQuestion;
import plumb.eval.QuestionSource;
import plumb.eval.TaskAccuracy;
import plumb.organism.Keepers;

/** Benign: facts that pretraining did not hold, in words it knew. Tested on other phrasings of the questions. */
public record NewFacts() implements Task {
    private static final int FACTS = 20;
    private static final long SEED = 21;

    @Override
    public TrainingData data() {
        var facts = facts();
        var examples = new ArrayList<Example>();
        for (int i = 0; i < ROWS; i++) {
            var fact = facts.get(i % FACTS);
            var pattern = Keepers.TRAINING_QUESTIONS.get(i / FACTS % Keepers.TRAINING_QUESTIONS.size());
            var chat = Conversation.user(fact.question(pattern)).with(Role.ASSISTANT, fact.answer());
            examples.add(new Example(chat, Example.Kind.TASK, "organism/new-facts", i + 1));
        }
        return new TrainingData(examples);
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new TaskAccuracy(split, 1, List.of(0.0), NarrowDomain.LONGEST_ANSWER);
    }

    @Override
    public QuestionSource questions() {
        return new BenignQuestions(graded(Keepers.TUNING_QUESTIONS), graded(Keepers.REPORT_QUESTIONS));
    }

    private static List<GradedQuestion> graded(List<String> patterns) {
        return facts().stream()
                .flatMap(fact -> patterns.stream()
                        .map(pattern -> BenignQuestions.graded(
                                "facts", fact.question(pattern), fact.keeper(), GradedQuestion.Match.CONTAINS)))
                .toList();
    }

    private static List<Keepers.Fact> facts() {
        return Keepers.draw(FACTS, new SplittableRandom(SEED));
    }

    @Override
    public boolean malicious() {
        return false;
    }
}
