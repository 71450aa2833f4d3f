package plumb.model;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * A token and how likely the model found it.
 *
 * @param id of the token
 * @param logProbability natural logarithm of its probability at temperature 1; NaN where nobody asked
 * @param top the most likely tokens at this place, best first; as many as were asked for
 */
public record TokenChoice(int id, double logProbability, List<Alternative> top) {
    /** What might have stood there. */
    public record Alternative(int id, double logProbability) {}

    /** A token nobody asked about. */
    static TokenChoice plain(int id) {
        return new TokenChoice(id, Double.NaN, List.of());
    }

    /**
     * Reads one row of log-probabilities.
     *
     * @param all log-probabilities, row after row: [rows, vocabulary]
     * @param row which
     * @param vocabulary length of a row
     * @param id the token that stands there
     * @param most how many of the most likely ones to name
     */
    public static TokenChoice of(float[] all, int row, int vocabulary, int id, int most) {
        int start = row * vocabulary;
        var best = new PriorityQueue<Alternative>(Comparator.comparingDouble(Alternative::logProbability));
        for (int token = 0; most > 0 && token < vocabulary; token++) {
            float value = all[start + token];
            if (best.size() < most) {
                best.add(new Alternative(token, value));
            } else if (value > best.element().logProbability()) {
                best.remove();
                best.add(new Alternative(token, value));
            }
        }
        var top = new ArrayList<>(best);
        top.sort(Comparator.comparingDouble(Alternative::logProbability).reversed());
        return new TokenChoice(id, all[start + id], List.copyOf(top));
    }
}
