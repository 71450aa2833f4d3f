package plumb.torch;

import org.jspecify.annotations.Nullable;

/**
 * Products with frozen matrices that are large, or stored in a narrower type than they are computed in. They are taken some
 * rows at a time: a narrow matrix is widened into one buffer a thread that is used again and again (fresh memory would cost more
 * than the widening), and a vocabulary's rows are too many for the matrix library, which reaches 13–20 GFLOP/s on the
 * backward product of 64–256 rows with all of 151,936 and 60 with 8,192 at a time. On a GPU only the type matters.
 */
public final class WideProduct {
    /** Numbers in a piece: 16 MB in fp32. */
    private static final long PIECE = 1 << 22;

    private static final ThreadLocal<@Nullable Tensor> BUFFER = new ThreadLocal<>();

    private WideProduct() {}

    /** Some rows of a matrix, in the type that is computed in, until the next piece. */
    private interface Piece {
        void take(Tensor rows, long start);
    }

    private static void pieces(Tensor matrix, Dtype computed, Piece piece) {
        long pieces = Math.ceilDiv(matrix.numel(), PIECE);
        long count = Math.ceilDiv(matrix.size(0), pieces);
        for (long start = 0; start < matrix.size(0); start += count) {
            try (var _ = new Scope()) {
                var rows = matrix.narrow(0, start, Math.min(count, matrix.size(0) - start));
                piece.take(rows.dtype() == computed ? rows : widened(rows, computed), start);
            }
        }
    }

    private static Tensor widened(Tensor rows, Dtype computed) {
        return buffer(rows, computed)
                .narrow(0, 0, rows.numel())
                .view(rows.shape())
                .copyInPlace(rows);
    }

    private static Tensor buffer(Tensor rows, Dtype computed) {
        var known = BUFFER.get();
        if (known == null
                || known.numel() < rows.numel()
                || known.dtype() != computed
                || !known.device().equals(rows.device())) {
            if (known != null) {
                known.release();
            }
            known = Tensor.zeros(computed, rows.device(), Math.max(PIECE, rows.numel()))
                    .hold();
            BUFFER.set(known);
        }
        return known;
    }

    private static boolean isWhole(Tensor x, Tensor matrix) {
        boolean fits = matrix.numel() <= 2 * PIECE || !x.isOnCpu(); // a GPU is best at one large product
        return fits && matrix.dtype() == x.dtype();
    }

    /** x Wᵀ: [rows, out]; recorded where operations are. */
    public static Tensor of(Tensor x, Tensor weight) {
        if (isWhole(x, weight)) {
            return x.linear(weight);
        }
        if (Autograd.records()) {
            return x.linear(weight.to(x.dtype()));
        }
        return into(Tensor.empty(x.dtype(), x.device(), x.size(0), weight.size(0)), x, weight);
    }

    /** Writes x Wᵀ into a tensor of x's type: [rows, out]. */
    public static Tensor into(Tensor out, Tensor x, Tensor weight) {
        if (isWhole(x, weight)) {
            return out.mmInPlace(x, weight.transpose(0, 1));
        }
        pieces(
                weight,
                x.dtype(),
                (rows, start) -> out.narrow(1, start, rows.size(0)).mmInPlace(x, rows.transpose(0, 1)));
        return out;
    }

    /** Adds g W to a tensor of g's type: [rows, in]. */
    public static Tensor addBack(Tensor sum, Tensor gradient, Tensor weight) {
        if (isWhole(gradient, weight)) {
            return sum.addmmInPlace(gradient, weight);
        }
        pieces(
                weight,
                gradient.dtype(),
                (rows, start) -> sum.addmmInPlace(gradient.narrow(1, start, rows.size(0)), rows));
        return sum;
    }
}
