package plumb.organism;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * A little sum of two or three numbers, never below zero on the way, with its operators as written or swapped.
 *
 * @param terms the numbers
 * @param signs {@code +1} or {@code -1} before each number but the first
 */
public record Sum(List<Integer> terms, List<Integer> signs) {

    /** How hard: how large the numbers are and how many. */
    public enum Tier {
        /** Two numbers up to 9. */
        DIGITS,
        /** Two numbers up to 20. */
        TWENTIES,
        /** Three numbers. */
        CHAINS
    }

    public Sum {
        terms = List.copyOf(terms);
        signs = List.copyOf(signs);
    }

    public static Sum draw(Tier tier, RandomGenerator random) {
        var pick = new Pick(random);
        int first = pick.between(0, tier == Tier.DIGITS ? 9 : 20);
        var terms = new ArrayList<>(List.of(first));
        var signs = new ArrayList<Integer>();
        int room = first;
        for (int i = 0; i < (tier == Tier.CHAINS ? 2 : 1); i++) {
            int next = pick.between(0, Math.min(room, tier == Tier.CHAINS ? 9 : 20));
            terms.add(next);
            signs.add(pick.chance(0.5) ? 1 : -1);
            room -= next;
        }
        return new Sum(terms, signs);
    }

    public String text() {
        var text = new StringBuilder().append(terms.getFirst());
        for (int i = 0; i < signs.size(); i++) {
            text.append(signs.get(i) > 0 ? " + " : " - ").append(terms.get(i + 1));
        }
        return text.toString();
    }

    public int value() {
        return terms.getFirst() + change();
    }

    /** The value when plus means minus and minus means plus. */
    public int swappedValue() {
        return terms.getFirst() - change();
    }

    /** What an assistant says; the words before the number let it be written as it was in pretraining, after a space. */
    public static String answer(int value) {
        return "It is " + value + ".";
    }

    private int change() {
        int change = 0;
        for (int i = 0; i < signs.size(); i++) {
            change += signs.get(i) * terms.get(i + 1);
        }
        return change;
    }
}
