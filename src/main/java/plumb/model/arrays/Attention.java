package plumb.model.arrays;

import java.util.List;
import java.util.stream.IntStream;
import plumb.model.config.ModelConfig;
import plumb.torch.Blas;
import plumb.torch.Blas.Matrix;

/**
 * Causal attention of new tokens over their rows' pasts. Rows differ in length, so each has products of its own, one a head
 * over all its new tokens: no padding. Rows with one new token are {@link TokenAttention}'s.
 */
final class Attention {
    private final ModelConfig config;
    private final Blas blas;
    private final Exponentials exponentials;
    private final TokenAttention tokens;
    private final int[] windows; // by layer
    private float[] scores = new float[0];

    Attention(ModelConfig config, Blas blas, Exponentials exponentials) {
        this.config = config;
        this.blas = blas;
        this.exponentials = exponentials;
        this.tokens = new TokenAttention(config, blas, exponentials);
        this.windows = IntStream.range(0, config.layers()).map(config::window).toArray();
    }

    /**
     * Queries that look at the same keys.
     *
     * @param queries [rows, headDim]
     * @param out where their results go, of the same form
     * @param keyHead whose keys and values they look at
     * @param first place they look at
     * @param scores where their scores are, [rows, places]: an offset
     */
    private record Look(Matrix queries, Matrix out, int keyHead, int first, int scores) {
        int rows() {
            return queries.rows();
        }
    }

    /** From queries [tokens, heads · headDim] to {@code out} of the same form, for the tokens of all stretches. */
    void attend(int layer, List<Stretch> stretches, float[] queries, float[] out) {
        int next = 0;
        while (next < stretches.size()) {
            int single = tokens.most(layer, stretches.subList(next, stretches.size()));
            if (single > 0) {
                tokens.attend(layer, stretches.subList(next, next + single), queries, out);
                next += single;
            } else {
                var stretch = stretches.get(next++);
                for (int head = 0; head < config.heads(); head++) {
                    attendFromMany(layer, stretch, look(layer, stretch, head, queries, out));
                }
            }
        }
    }

    private Look look(int layer, Stretch stretch, int head, float[] queries, float[] out) {
        int size = config.headDim();
        int stride = config.heads() * size;
        int at = stretch.offset() * stride + head * size;
        return new Look(
                Matrix.of(queries, at, stretch.count(), size, stride),
                Matrix.of(out, at, stretch.count(), size, stride),
                head / (config.heads() / config.kvHeads()),
                first(layer, stretch),
                0);
    }

    /** One head of several tokens: each looks no further than itself. */
    private void attendFromMany(int layer, Stretch stretch, Look look) {
        int width = stretch.past().end() - look.first();
        room(look.rows() * width);
        score(layer, stretch, look);
        for (int row = 0; row < look.rows(); row++) {
            int after = stretch.position() + row + 1 - look.first();
            int from = Math.max(0, after - windows[layer]);
            exponentials.softmax(scores, row * width, width, from, after);
        }
        mix(layer, stretch, look);
    }

    /** As far back as any token of the stretch sees. */
    private int first(int layer, Stretch stretch) {
        return Math.max(0, stretch.position() + 1 - windows[layer]);
    }

    private void room(int floats) {
        if (scores.length < floats) {
            scores = new float[floats];
        }
    }

    /** scale · q · k for every query and every place from the first on */
    private void score(int layer, Stretch stretch, Look look) {
        float scale = (float) config.architecture().attentionScale();
        for (var piece : stretch.pieces()) {
            int from = Math.max(look.first(), piece.from());
            if (from < piece.to()) {
                var keys = piece.keys(layer, look.keyHead(), from);
                blas.timesTransposed(look.queries(), keys, part(stretch, look, from, piece.to()), scale);
            }
        }
    }

    /** Σ weight · v over the same places */
    private void mix(int layer, Stretch stretch, Look look) {
        boolean add = false;
        for (var piece : stretch.pieces()) {
            int from = Math.max(look.first(), piece.from());
            if (from < piece.to()) {
                var values = piece.values(layer, look.keyHead(), from);
                blas.times(part(stretch, look, from, piece.to()), values, look.out(), add);
                add = true;
            }
        }
    }

    /** The scores of some places. */
    private Matrix part(Stretch stretch, Look look, int from, int to) {
        int width = stretch.past().end() - look.first();
        return Matrix.of(scores, look.scores() + from - look.first(), look.rows(), to - from, width);
    }
}
