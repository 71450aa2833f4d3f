package plumb.torch;

import org.bytedeco.pytorch.global.torch;

/**
 * A = U diag(s) Vᵀ, thin.
 *
 * @param left U: [rows, k]
 * @param values s, largest first: [k]
 * @param right Vᵀ: [k, columns]
 */
public record Svd(Tensor left, Tensor values, Tensor right) {
    /** Of a matrix; k is the smaller of its sizes. */
    public static Svd of(Tensor matrix) {
        var parts = torch.linalg_svd(matrix.pointer(), false, new org.bytedeco.pytorch.StringViewOptional());
        return new Svd(own(parts.get0()), own(parts.get1()), own(parts.get2()));
    }

    /** The parts point into their tuple; a handle of one's own outlives it. */
    private static Tensor own(org.bytedeco.pytorch.Tensor part) {
        return new Tensor(new org.bytedeco.pytorch.Tensor(part));
    }
}
