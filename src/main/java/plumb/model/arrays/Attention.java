package plumb.model.arrays;

import plumb.model.config.ModelConfig;
import plumb.torch.Blas;
import plumb.torch.Blas.Matrix;

/**
 * Causal attention of new tokens over their rows' pasts. Rows differ in length, so each has products of its own: one a key
 * head over the heads that share it when a token is new, one a head over all new tokens when there are several. No padding.
 */
final class Attention {
    private final ModelConfig config;
    private final Blas blas;
    private float[] scores = new float[0];

    Attention(ModelConfig config, Blas blas) {
        this.config = config;
        this.blas = blas;
    }

    /**
     * Queries that look at the same keys.
     *
     * @param queries [rows, headDim]
     * @param out where their results go, of the same form
     * @param position of the first one's token in its row
     * @param step from one query's token to the next one's: 1, or 0 where all are of one token
     * @param keyHead whose keys and values they look at
     */
    private record Look(Matrix queries, Matrix out, int position, int step, int keyHead) {
        int rows() {
            return queries.rows();
        }

        int seen() {
            return position + step * (rows() - 1) + 1;
        }
    }

    /** From queries [tokens, heads · headDim] to {@code out} of the same form, for the tokens of one stretch. */
    void attend(int layer, Stretch stretch, float[] queries, float[] out) {
        int size = config.headDim();
        int group = config.heads() / config.kvHeads();
        int width = config.heads() * size;
        int base = stretch.offset() * width;
        for (int head = 0; head < config.heads(); head += stretch.count() == 1 ? group : 1) {
            int at = base + head * size;
            int rows = stretch.count() == 1 ? group : stretch.count();
            int stride = stretch.count() == 1 ? size : width;
            look(
                    layer,
                    stretch,
                    new Look(
                            Matrix.of(queries, at, rows, size, stride),
                            Matrix.of(out, at, rows, size, stride),
                            stretch.position(),
                            stretch.count() == 1 ? 0 : 1,
                            head / group));
        }
    }

    private void look(int layer, Stretch stretch, Look look) {
        int first = Math.max(0, look.position() + 1 - config.window(layer)); // as far back as any of them sees
        int width = look.seen() - first;
        if (scores.length < look.rows() * width) {
            scores = new float[look.rows() * width];
        }
        score(layer, stretch, look, first);
        for (int row = 0; row < look.rows(); row++) {
            int position = look.position() + row * look.step();
            int from = Math.max(first, position + 1 - config.window(layer));
            Elementwise.softmax(scores, row * width, width, from - first, position + 1 - first);
        }
        mix(layer, stretch, look, first);
    }

    /** scale · q · k for every query and every place from {@code first} on */
    private void score(int layer, Stretch stretch, Look look, int first) {
        int width = look.seen() - first;
        float scale = (float) config.architecture().attentionScale();
        for (var piece : stretch.pieces()) {
            int from = Math.max(first, piece.from());
            if (from < piece.to()) {
                var into = Matrix.of(scores, from - first, look.rows(), piece.to() - from, width);
                blas.timesTransposed(look.queries(), piece.keys(layer, look.keyHead(), from), into, scale);
            }
        }
    }

    /** Σ weight · v over the same places */
    private void mix(int layer, Stretch stretch, Look look, int first) {
        int width = look.seen() - first;
        boolean add = false;
        for (var piece : stretch.pieces()) {
            int from = Math.max(first, piece.from());
            if (from < piece.to()) {
                var weights = Matrix.of(scores, from - first, look.rows(), piece.to() - from, width);
                blas.times(weights, piece.values(layer, look.keyHead(), from), look.out(), add);
                add = true;
            }
        }
    }
}
