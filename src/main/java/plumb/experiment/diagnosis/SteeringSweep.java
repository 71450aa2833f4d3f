package plumb.experiment.diagnosis;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.diagnose.LayerVectors;
import plumb.eval.QuestionSource;
import plumb.experiment.Subject;
import plumb.model.Adapter;

/**
 * Steers an organism at inference, h_l ← h_l + c·v_l at every token, layer by layer and strength by strength, each beside
 * random vectors of the same length. A direction is causal where it moves the answers and random ones do not.
 */
public final class SteeringSweep {
    private final Subject subject;
    private final @Nullable Adapter adapter;
    private final NeverBad questions;

    /** Asks the never-bad questions of a split; without an adapter the model before fine-tuning is steered. */
    public SteeringSweep(Subject subject, @Nullable Adapter adapter, QuestionSource.Split split) {
        this.subject = subject;
        this.adapter = adapter;
        this.questions = new NeverBad(split);
    }

    /**
     * What a model under one intervention said to the questions of never-bad domains.
     *
     * @param vector {@code none}, {@code persona}, {@code random 1}, …
     * @param misaligned coherent bad answers of all answers
     */
    public record Point(String vector, int layer, double strength, int answers, int misaligned, int coherent)
            implements Counted {}

    /** The model as it is. */
    public Point plain() {
        return asked("none", 0, 0, null);
    }

    /** Every layer with every strength, the vector first, then so many random ones. */
    public List<Point> sweep(LayerVectors vectors, List<Integer> layers, List<Double> strengths, int randoms) {
        vectors.requireFits(subject.decoder());
        var points = new ArrayList<Point>();
        for (int layer : layers) {
            for (double strength : strengths) {
                points.add(asked("persona", layer, strength, vectors));
                for (int i = 1; i <= randoms; i++) {
                    points.add(asked("random " + i, layer, strength, vectors.randomAlike(i)));
                }
            }
        }
        return points;
    }

    /** The model pushed by c times a vector at one layer. */
    Point asked(String name, int layer, double strength, @Nullable LayerVectors vectors) {
        try (var model = vectors == null
                ? subject.talking(name, adapter)
                : subject.steered(name, adapter, vectors.only(layer).times(strength))) {
            var found = questions.ask(model);
            return new Point(name, layer, strength, found.answers(), found.misaligned(), found.coherent());
        }
    }
}
