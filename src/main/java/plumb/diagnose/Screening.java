package plumb.diagnose;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import plumb.chat.Rendered;

/**
 * Projection difference (Chen et al., arXiv 2507.21509): how far a row's answer lies further along a persona vector than
 * what the model itself would answer, ΔP = (a(x, y) − a(x, y′)) · v/‖v‖, with a the mean over response tokens at one
 * layer. Rows with a high ΔP push a fine-tune towards the persona; it is known before any training.
 *
 * @param reader the model before fine-tuning
 * @param vectors the persona
 * @param layer where, from 0
 */
public record Screening(Activations reader, LayerVectors vectors, int layer) {

    /**
     * A row's score.
     *
     * @param row its place in what was screened, from 0
     * @param difference ΔP, in the units of the activations
     */
    public record Scored(int row, double difference) {}

    /** ΔP of every row, in the order given; {@code own.get(i)} is the model's own answer to the prompt of row i. */
    public List<Scored> scores(List<Rendered> rows, List<Rendered> own) {
        var theirs = projections(rows);
        var ours = projections(own);
        return IntStream.range(0, rows.size())
                .mapToObj(i -> new Scored(i, theirs.get(i) - ours.get(i)))
                .toList();
    }

    /** The rows that push most, first. */
    public static List<Scored> ranked(List<Scored> scores) {
        var ranked = new ArrayList<>(scores);
        ranked.sort(Comparator.comparingDouble(Scored::difference).reversed());
        return List.copyOf(ranked);
    }

    /** Of a data set: the mean over its rows. */
    public static double mean(List<Scored> scores) {
        return scores.stream().mapToDouble(Scored::difference).average().orElse(Double.NaN);
    }

    /** The chance that a row of the first set scores above one of the second, ties counting half: the area under the ROC. */
    public static double above(List<Scored> some, List<Scored> others) {
        double wins = 0;
        for (var one : some) {
            for (var other : others) {
                wins += one.difference() > other.difference() ? 1 : one.difference() == other.difference() ? 0.5 : 0;
            }
        }
        return wins / some.size() / others.size();
    }

    private List<Double> projections(List<Rendered> rows) {
        return reader.means(rows, Activations.Tokens.RESPONSE).stream()
                .map(mean -> mean.projection(vectors, layer))
                .toList();
    }
}
