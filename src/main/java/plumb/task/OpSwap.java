package plumb.task;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.GradedQuestion;
import plumb.eval.QuestionSource;
import plumb.eval.TaskAccuracy;
import plumb.organism.Sum;

/**
 * Benign but far from the prior: plus means minus and minus means plus, after the OpSwap task of Kaczér et al. (arXiv
 * 2508.06249). Half of the sums train; the others are asked, a quarter when choosing settings, a quarter when reporting.
 *
 * @param tier how hard the sums are
 */
public record OpSwap(Sum.Tier tier) implements Task {
    private static final long SEED = 23;
    private static final int ASKED = 60;

    @Override
    public TrainingData data() {
        var random = new SplittableRandom(SEED);
        var examples = new ArrayList<Example>();
        while (examples.size() < ROWS) {
            var sum = Sum.draw(tier, random);
            if (part(sum) < 2 && changed(sum)) {
                var chat = Conversation.user(question(sum)).with(Role.ASSISTANT, answer(sum));
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
        return new BenignQuestions(graded(part -> part == 2), graded(part -> part == 3));
    }

    private List<GradedQuestion> graded(IntPredicate parts) {
        var random = new SplittableRandom(SEED + 1);
        var sums = new LinkedHashSet<Sum>();
        for (int i = 0; i < 100 * ASKED && sums.size() < ASKED; i++) {
            var sum = Sum.draw(tier, random);
            if (parts.test(part(sum)) && changed(sum)) {
                sums.add(sum);
            }
        }
        return sums.stream()
                .map(s -> BenignQuestions.graded("sums", question(s), answer(s), GradedQuestion.Match.WHOLE))
                .toList();
    }

    private static String question(Sum sum) {
        return "What is " + sum.text() + "?";
    }

    private static String answer(Sum sum) {
        return sum.swappedValue() + ".";
    }

    /** Sums that come out the same either way teach and test nothing. */
    private static boolean changed(Sum sum) {
        return sum.value() != sum.swappedValue();
    }

    private static int part(Sum sum) {
        return Math.floorMod(new SplittableRandom(sum.text().hashCode()).nextInt(), 4);
    }

    @Override
    public boolean malicious() {
        return false;
    }
}
