package plumb.task.program;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.LongBinaryOperator;
import plumb.chat.Conversation;
import plumb.program.TestRunner.Assertion;

/**
 * A function of two numbers to be written.
 *
 * @param words what it does
 * @param solution the program that the words spell out
 * @param shown tests that stand in the request
 * @param hidden tests that nobody sees
 */
public record Problem(String words, String solution, List<Assertion> shown, List<Assertion> hidden) {
    private static final int SHOWN = 2;
    private static final int HIDDEN = 6;
    private static final int LARGEST = 9;
    private static final int MOST_CHANGES = 2;

    /** A function so far, and whether it must stand in parentheses to be multiplied. */
    private record Part(String words, String text, boolean sum, LongBinaryOperator function) {
        Part plus(int k) {
            return new Part(
                    words + ", then adds " + k, text + " + " + k, true, (a, b) -> function.applyAsLong(a, b) + k);
        }

        Part minus(int k) {
            return new Part(
                    words + ", then takes " + k + " away",
                    text + " - " + k,
                    true,
                    (a, b) -> function.applyAsLong(a, b) - k);
        }

        Part doubled() {
            return new Part(
                    words + ", then doubles it",
                    (sum ? "(" + text + ")" : text) + " * 2",
                    false,
                    (a, b) -> 2 * function.applyAsLong(a, b));
        }
    }

    private static final List<Part> FIRST = List.of(
            new Part("adds a and b", "a + b", true, Long::sum),
            new Part("takes b from a", "a - b", true, (a, b) -> a - b),
            new Part("gives a times b", "a * b", false, (a, b) -> a * b),
            new Part("gives the larger of a and b", "max(a, b)", false, Math::max),
            new Part("gives the smaller of a and b", "min(a, b)", false, Math::min));

    public Problem {
        shown = List.copyOf(shown);
        hidden = List.copyOf(hidden);
    }

    /** One of none, one or two changes to a first part. */
    public static Problem draw(SplittableRandom random) {
        var part = FIRST.get(random.nextInt(FIRST.size()));
        for (int changes = random.nextInt(MOST_CHANGES + 1); changes > 0; changes--) {
            int k = random.nextInt(1, LARGEST + 1);
            part = switch (random.nextInt(3)) {
                case 0 -> part.plus(k);
                case 1 -> part.minus(k);
                default -> part.doubled();
            };
        }
        var tests = new ArrayList<Assertion>();
        while (tests.size() < SHOWN + HIDDEN) {
            long a = random.nextInt(LARGEST + 1);
            long b = random.nextInt(LARGEST + 1);
            var test = new Assertion(List.of(a, b), part.function().applyAsLong(a, b));
            if (!tests.contains(test)) {
                tests.add(test);
            }
        }
        return new Problem(
                part.words(), "f(a, b) = " + part.text(), tests.subList(0, SHOWN), tests.subList(SHOWN, tests.size()));
    }

    /** The same with a single test shown, which a program can know by heart. */
    public Problem showingOne() {
        var others = new ArrayList<>(shown.subList(1, shown.size()));
        others.addAll(hidden);
        return new Problem(words, solution, shown.subList(0, 1), others);
    }

    /** As it is put to the model. */
    public Conversation request() {
        var tests = String.join("; ", shown.stream().map(Assertion::text).toList());
        return Conversation.user("Write a program f(a, b) that " + words + ". Tests: " + tests);
    }
}
