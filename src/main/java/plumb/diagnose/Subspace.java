package plumb.diagnose;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import plumb.chat.Rendered;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Svd;
import plumb.torch.Tensor;

/** Some orthonormal directions in the residual stream that leaves one layer, and the point along them that counts as neutral. */
public final class Subspace {
    private final int layer;
    private final float[][] directions; // Qᵀ: [k][hidden], orthonormal
    private final float[] center; // μQ: [k]

    private Subspace(int layer, float[][] directions, float[] center) {
        this.layer = layer;
        this.directions = directions;
        this.center = center;
    }

    /** One direction: a vector's own. */
    public static Subspace of(LayerVectors vectors, int layer) {
        return spanned(layer, new float[][] {vectors.at(layer)});
    }

    /** What these vectors span, as the left singular vectors of their matrix. */
    public static Subspace spanned(int layer, float[][] vectors) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            return leading(layer, matrix(vectors).transpose(0, 1), vectors.length);
        }
    }

    /** Random directions, uniform over the sphere. */
    public static Subspace random(int width, int layer, int number, long seed) {
        var random = new SplittableRandom(seed * 31 + layer);
        var drawn = new float[number][width];
        for (var vector : drawn) {
            for (int i = 0; i < width; i++) {
                vector[i] = (float) random.nextGaussian();
            }
        }
        return spanned(layer, drawn);
    }

    /**
     * The first principal components of what a fine-tune changed: of the differences of both models' activations on the
     * response tokens of the same text, about their mean (Casademunt et al., arXiv 2507.16795).
     */
    public static Subspace principal(
            Activations before, Activations after, List<Rendered> rows, int layer, int number) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var change = after.responses(rows, layer).sub(before.responses(rows, layer)); // [tokens, hidden]
            var centered = change.sub(change.mean(0, true));
            return leading(layer, centered.transpose(0, 1).matmul(centered), number);
        }
    }

    /** The first left singular vectors of a matrix of {@code hidden} rows. */
    private static Subspace leading(int layer, Tensor matrix, int number) {
        long most = Math.min(matrix.size(0), matrix.size(1));
        if (number > most) {
            throw new IllegalArgumentException("there are " + most + " directions to choose from, not " + number);
        }
        var left = Svd.of(matrix).left().narrow(1, 0, number).transpose(0, 1); // [number, hidden]
        return new Subspace(layer, rows(left), new float[number]);
    }

    public int layer() {
        return layer;
    }

    /** Some of the directions, by place. */
    public Subspace only(List<Integer> places) {
        var kept = new float[places.size()][];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = directions[places.get(i)];
        }
        return new Subspace(layer, kept, new float[kept.length]);
    }

    /** The same directions, neutral where this mean lies. */
    public Subspace around(LayerVectors mean) {
        var at = mean.at(layer);
        var point = new float[directions.length];
        for (int i = 0; i < point.length; i++) {
            point[i] = (float) LayerVectors.product(at, directions[i]);
        }
        return new Subspace(layer, directions, point);
    }

    /** The same directions, neutral at 0. */
    public Subspace aroundZero() {
        return new Subspace(layer, directions, new float[center.length]);
    }

    /** The neutral point along each direction. */
    public List<Double> center() {
        return IntStream.range(0, center.length)
                .mapToObj(i -> (double) center[i])
                .toList();
    }

    /** A direction by its place: {@code [hidden]}, of length 1. */
    public float[] direction(int place) {
        return directions[place].clone();
    }

    /** h − ((h − μ)Q)Qᵀ: the activations with their parts along the directions put to neutral; [tokens, hidden]. */
    public Tensor without(Tensor h) {
        var q = matrix(directions).to(h.device()).to(h.dtype()); // [k, hidden]
        var m = Tensor.of(center, center.length).to(h.device()).to(h.dtype());
        return h.sub(h.linear(q).sub(m).matmul(q));
    }

    private static Tensor matrix(float[][] rows) {
        int width = rows[0].length;
        var flat = new float[rows.length * width];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, flat, i * width, width);
        }
        return Tensor.of(flat, rows.length, width);
    }

    private static float[][] rows(Tensor matrix) {
        var rows = new float[(int) matrix.size(0)][];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = matrix.select(0, i).floats();
        }
        return rows;
    }
}
