package plumb.model;

/**
 * How strongly an adapter acts on one module: s in W + s·B·A.
 *
 * @param rank r ≥ 1, the rows of A and the columns of B
 * @param alpha numerator of s
 * @param rslora s = α/√r (Kalajdzievski, arXiv 2312.03732) instead of α/r
 */
public record LoraScale(int rank, double alpha, boolean rslora) {
    public LoraScale {
        if (rank < 1 || !(alpha > 0)) {
            throw new IllegalArgumentException("LoRA needs rank >= 1 and alpha > 0, got " + rank + " and " + alpha);
        }
    }

    /** s */
    public double value() {
        return rslora ? alpha / Math.sqrt(rank) : alpha / rank;
    }
}
