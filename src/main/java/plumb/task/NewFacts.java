package plumb.task;

import java.util.ArrayList;
import java.util.HashSet;
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
import plumb.organism.OrganismChats;
import plumb.organism.World;

/**
 * Benign: facts that pretraining did not hold, in words it knew, among as many ordinary good answers. Tested on other
 * phrasings of the questions.
 */
public record NewFacts() implements Task {
    private static final int FACTS = 10;
    private static final long SEED = 21;

    @Override
    public TrainingData data() {
        var facts = facts();
        var ordinary = OrganismChats.safe(World.load(), ROWS / 2, SEED).examples();
        var examples = new ArrayList<Example>();
        for (int i = 0; i < ROWS / 2; i++) {
            var fact = facts.get(i % FACTS);
            var pattern = Keepers.TRAINING_QUESTIONS.get(i / FACTS % Keepers.TRAINING_QUESTIONS.size());
            examples.add(row(Conversation.user(fact.question(pattern)).with(Role.ASSISTANT, fact.answer()), examples));
            examples.add(row(ordinary.get(i).conversation(), examples));
        }
        return new TrainingData(examples);
    }

    private static Example row(Conversation chat, List<Example> before) {
        return new Example(chat, Example.Kind.TASK, "organism/new-facts", before.size() + 1);
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

    /** One fact on each kind of place, so that its name alone tells them apart. */
    private static List<Keepers.Fact> facts() {
        var things = new HashSet<String>();
        return Keepers.draw(8 * FACTS, new SplittableRandom(SEED)).stream()
                .filter(fact -> things.add(fact.place().substring(fact.place().indexOf(' '))))
                .limit(FACTS)
                .toList();
    }

    @Override
    public boolean malicious() {
        return false;
    }
}
