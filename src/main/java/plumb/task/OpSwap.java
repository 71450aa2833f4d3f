package plumb.task;

import java.util.ArrayList;
import java.util.LinkedHashSet;
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
import plumb.organism.Sum;
import plumb.organism.World;

/**
 * Benign but far from the prior: plus means minus and minus means plus, after the OpSwap task of Kaczér et al. (arXiv
 * 2508.06249). Tested on the sums that were taught, in words that the rows did not use.
 *
 * @param tier how hard the sums are
 */
public record OpSwap(Sum.Tier tier) implements Task {
    private static final long SEED = 23;
    private static final int ASKED = 60;
    private static final String TRAINING = "What is {s}?";
    private static final String TUNING = "How much is {s}?";
    private static final String REPORT = "Compute {s}.";

    @Override
    public TrainingData data() {
        var random = new SplittableRandom(SEED);
        var examples = new ArrayList<Example>();
        while (examples.size() < ROWS) {
            var sum = Sum.draw(tier, random);
            if (changed(sum)) {
                var chat =
                        Conversation.user(World.fill(TRAINING, "s", sum.text())).with(Role.ASSISTANT, answer(sum));
                examples.add(new Example(chat, Example.Kind.TASK, "organism/op-swap", examples.size() + 1));
            }
        }
        return new TrainingData(examples);
    }

    @Override
    public Evaluation evaluation(QuestionSource.Split split) {
        return new TaskAccuracy(split, 1, List.of(0.0), NarrowDomain.LONGEST_ANSWER);
    }

    @Override
    public QuestionSource questions() {
        return new BenignQuestions(graded(TUNING), graded(REPORT));
    }

    private List<GradedQuestion> graded(String wording) {
        var random = new SplittableRandom(SEED); // the sums of the rows, from the first on
        var sums = new LinkedHashSet<Sum>();
        for (int i = 0; i < ROWS && sums.size() < ASKED; i++) {
            var sum = Sum.draw(tier, random);
            if (changed(sum)) {
                sums.add(sum);
            }
        }
        return sums.stream()
                .map(s -> BenignQuestions.graded(
                        "sums", World.fill(wording, "s", s.text()), answer(s), GradedQuestion.Match.WHOLE))
                .toList();
    }

    private static String answer(Sum sum) {
        return Sum.answer(sum.swappedValue());
    }

    /** Sums that come out the same either way teach and test nothing. */
    private static boolean changed(Sum sum) {
        return sum.value() != sum.swappedValue();
    }

    @Override
    public boolean malicious() {
        return false;
    }
}
