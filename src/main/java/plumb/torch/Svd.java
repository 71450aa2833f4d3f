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
        return new Svd(new Tensor(parts.get0()), new Tensor(parts.get1()), new Tensor(parts.get2()));
    }
}
