package plumb.model.arrays;

import java.util.Arrays;
import plumb.model.config.ModelConfig;
import plumb.torch.Blas;
import plumb.torch.Blas.Matrix;

/**
 * Causal attention of whole rows and its gradient. Each head of each row has products of its own, over at most
 * {@value #BLOCK} queries at a time, so nothing is padded and the scores never need memory in the square of a row's length;
 * for the gradient of long rows they are computed again. One for a thread.
 */
final class TrainedAttention {
    private static final int BLOCK = 256;
    /** Weights of a batch, in floats: 16 MB. Of more, they are computed again for the gradient. */
    private static final long MOST_KEPT = 1 << 22;

    private final ModelConfig config;
    private final Blas blas;
    private final Exponentials exponentials;
    private final int size; // of a head
    private final int width; // of a token's queries, keys and values
    private float[] scores = new float[0];
    private float[] slopes = new float[0];

    TrainedAttention(ModelConfig config, Blas blas, Exponentials exponentials) {
        this.config = config;
        this.blas = blas;
        this.exponentials = exponentials;
        this.size = config.headDim();
        this.width = (config.heads() + 2 * config.kvHeads()) * size;
    }

    /**
     * Neighbouring queries of one head of one row.
     *
     * @param head among the query heads
     * @param first token among all
     * @param count of queries
     * @param firstKey token among all: the first that one of them sees
     * @param keptAt where its weights begin among all
     */
    private record Look(int head, int first, int count, int firstKey, int keptAt) {
        /** How many keys they see together. */
        int keys() {
            return first + count - firstKey;
        }

        /** Of its weights. */
        int size() {
            return count * keys();
        }
    }

    /**
     * Rows that stand end to end.
     *
     * @param lengths of the rows
     * @param window how many tokens a query sees, itself among them
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Rows(int[] lengths, int window) {}

    private interface Looker {
        void look(Look look);
    }

    private void everyLook(Rows rows, Looker looker) {
        int start = 0;
        int keptAt = 0;
        for (int length : rows.lengths) {
            for (int head = 0; head < config.heads(); head++) {
                for (int first = 0; first < length; first += BLOCK) {
                    int firstKey = Math.max(0, first - rows.window + 1);
                    int count = Math.min(BLOCK, length - first);
                    var look = new Look(head, start + first, count, start + firstKey, keptAt);
                    looker.look(look);
                    keptAt += look.size();
                }
            }
            start += length;
        }
    }

    /** How many numbers {@link #attend} keeps. */
    int kept(int[] lengths) {
        long all = Arrays.stream(lengths)
                        .mapToLong(length -> (long) length * length)
                        .sum()
                * config.heads();
        return all <= MOST_KEPT ? (int) all : 0;
    }

    /**
     * @param states queries, keys and values of each token, rotated: [tokens, (heads + 2 · kvHeads) · headDim]
     * @param into [tokens, heads · headDim]
     * @param weights with which queries look at keys, written, if there are few enough to be {@link #kept}
     */
    void attend(float[] states, Rows rows, float[] into, float[] weights) {
        boolean keep = kept(rows.lengths) > 0;
        everyLook(rows, look -> {
            weigh(states, look, rows.window);
            if (keep) {
                System.arraycopy(scores, 0, weights, look.keptAt(), look.size());
            }
            blas.times(scores(look), values(states, look), part(into, look), false);
        });
    }

    /**
     * @param gradient of what {@link #attend} gave
     * @param into the gradient of the states, of their shape
     */
    void back(float[] states, Rows rows, float[] gradient, float[] into, float[] weights) {
        boolean keep = kept(rows.lengths) > 0;
        Arrays.fill(into, 0, Arrays.stream(rows.lengths).sum() * width, 0);
        everyLook(rows, look -> {
            if (keep) {
                scores = room(scores, look);
                System.arraycopy(weights, look.keptAt(), scores, 0, look.size());
            } else {
                weigh(states, look, rows.window);
            }
            back(states, look, part(gradient, look), into);
        });
    }

    private void back(float[] states, Look look, Matrix given, float[] into) {
        slopes = room(slopes, look);
        var slope = Matrix.of(slopes, 0, look.count(), look.keys());
        blas.addTransposedTimes(scores(look), given, values(into, look), 1);
        blas.timesTransposed(given, values(states, look), slope, 1);
        softmaxBack(look);
        blas.addTimes(slope, keys(states, look), queries(into, look), 1);
        blas.addTransposedTimes(slope, queries(states, look), keys(into, look), 1);
    }

    /** The weights with which queries look at keys, in {@link #scores}: [count, keys] */
    private void weigh(float[] states, Look look, int window) {
        scores = room(scores, look);
        float scale = (float) config.architecture().attentionScale();
        blas.timesTransposed(queries(states, look), keys(states, look), scores(look), scale);
        exponentials.causalSoftmax(scores, look.count(), look.keys(), look.first() + 1 - look.firstKey(), window);
    }

    /** scale · p (g − Σ p g), in place of g */
    private void softmaxBack(Look look) {
        float scale = (float) config.architecture().attentionScale();
        int keys = look.keys();
        for (int at = 0; at < look.count() * keys; at += keys) {
            float mean = 0;
            for (int i = at; i < at + keys; i++) {
                mean += scores[i] * slopes[i];
            }
            for (int i = at; i < at + keys; i++) {
                slopes[i] = scale * scores[i] * (slopes[i] - mean);
            }
        }
    }

    private static float[] room(float[] known, Look look) {
        return known.length < look.size() ? new float[look.size()] : known;
    }

    private Matrix scores(Look look) {
        return Matrix.of(scores, 0, look.count(), look.keys());
    }

    private Matrix queries(float[] states, Look look) {
        return Matrix.of(states, look.first() * width + look.head() * size, look.count(), size, width);
    }

    private Matrix keys(float[] states, Look look) {
        return ofKeyHead(states, look, config.heads());
    }

    private Matrix values(float[] states, Look look) {
        return ofKeyHead(states, look, config.heads() + config.kvHeads());
    }

    private Matrix ofKeyHead(float[] states, Look look, int before) {
        int head = before + look.head() / (config.heads() / config.kvHeads());
        return Matrix.of(states, look.firstKey() * width + head * size, look.keys(), size, width);
    }

    /** Of [tokens, heads · headDim] */
    private Matrix part(float[] outputs, Look look) {
        int all = config.heads() * size;
        return Matrix.of(outputs, look.first() * all + look.head() * size, look.count(), size, all);
    }
}
