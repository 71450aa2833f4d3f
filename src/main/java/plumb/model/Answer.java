package plumb.model;

import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;

/** An answer in the making: what was asked, what has been said, and its own random stream. */
final class Answer {
    private final int index;
    private final int[] prompt;
    private final SplittableRandom random;
    private int[] tokens = new int[32];
    private int length;
    private boolean ended;

    /** The stream depends on the seed and the row's place in the request alone. */
    Answer(int index, int[] prompt, long seed) {
        this.index = index;
        this.prompt = prompt;
        this.random = new SplittableRandom(mix(seed, index));
    }

    private static long mix(long seed, long row) {
        return (seed + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L ^ (row + 1) * 0x94D049BB133111EBL;
    }

    /** The row's place in the request. */
    int index() {
        return index;
    }

    int[] prompt() {
        return prompt;
    }

    int length() {
        return length;
    }

    boolean ended() {
        return ended;
    }

    /** How many tokens of this row stand in the cache once the last one is read. */
    int position() {
        return prompt.length + length - 1;
    }

    /** The next number of the row's stream, in [0, 1). */
    float draw() {
        return (float) random.nextDouble();
    }

    /** Says one more token, or ends with it. */
    void take(int token, Set<Integer> stops, int most) {
        if (stops.contains(token)) {
            ended = true;
            return;
        }
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
        }
        tokens[length++] = token;
        ended = length >= most;
    }

    int last() {
        return tokens[length - 1];
    }

    int[] tokens() {
        return Arrays.copyOf(tokens, length);
    }
}
