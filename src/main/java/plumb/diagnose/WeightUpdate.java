package plumb.diagnose;

import java.util.Objects;
import plumb.model.Adapter;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Svd;
import plumb.torch.Tensor;

/**
 * What an adapter adds to a model's weights, ΔW = s·B·A a module, and how much of it another adapter adds, too: whether
 * fine-tunes on different bad tasks change the same directions of the weights. ΔW itself is never made; everything follows
 * from products and thin decompositions of the factors.
 */
public final class WeightUpdate {
    private final Adapter adapter;

    public WeightUpdate(Adapter adapter) {
        this.adapter = adapter;
    }

    /**
     * How two updates lie to each other.
     *
     * @param cosine ⟨ΔW₁, ΔW₂⟩ / (‖ΔW₁‖ ‖ΔW₂‖) over all modules together
     * @param written ‖U₁ᵀU₂‖² / k for the first k left singular vectors, the directions that a module writes, mean over modules:
     *     the mean squared cosine of the principal angles, 1 for the same subspace
     * @param writtenByChance k / out, what random subspaces share, mean over modules
     * @param read the same for right singular vectors, the directions that a module reads
     * @param readByChance k / in
     */
    public record Overlap(double cosine, double written, double writtenByChance, double read, double readByChance) {}

    /** With another adapter of the same modules, by the first {@code k} directions of each; k is at most either's rank. */
    public Overlap overlap(WeightUpdate other, int k) {
        if (!adapter.modules().equals(other.adapter.modules())) {
            throw new IllegalArgumentException("the adapters change different modules and cannot be compared");
        }
        double written = 0;
        double writtenByChance = 0;
        double read = 0;
        double readByChance = 0;
        int modules = adapter.modules().size();
        for (var module : adapter.modules()) {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                var mine = Factors.of(lora(module), k);
                var theirs = Factors.of(other.lora(module), k);
                written += shared(mine.left(), theirs.left()) / modules;
                read += shared(mine.right(), theirs.right()) / modules;
                writtenByChance += (double) k / mine.left().size(0) / modules;
                readByChance += (double) k / mine.right().size(0) / modules;
            }
        }
        double cosine = product(other) / Math.sqrt(product(this) * other.product(other));
        return new Overlap(cosine, written, writtenByChance, read, readByChance);
    }

    /** ⟨ΔW₁, ΔW₂⟩ = s₁s₂ Σ (B₁ᵀB₂) ∘ (A₁A₂ᵀ), over all modules. */
    private double product(WeightUpdate other) {
        double sum = 0;
        for (var module : adapter.modules()) {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                var mine = lora(module);
                var theirs = other.lora(module);
                var outer = mine.b().transpose(0, 1).matmul(theirs.b()); // [r1, r2]
                var inner = mine.a().matmul(theirs.a().transpose(0, 1)); // [r1, r2]
                sum += outer.mul(inner).sum().item()
                        * mine.scale().value()
                        * theirs.scale().value();
            }
        }
        return sum;
    }

    private Adapter.Lora lora(String module) {
        return Objects.requireNonNull(adapter.lora(module));
    }

    /** ‖PᵀQ‖² / k for matrices of k orthonormal columns */
    private static double shared(Tensor p, Tensor q) {
        return p.transpose(0, 1).matmul(q).square().sum().item() / p.size(1);
    }

    /**
     * The first singular vectors of B·A.
     *
     * @param left [out, k]
     * @param right [in, k]
     */
    private record Factors(Tensor left, Tensor right) {
        /** Aᵀ = Q S Rᵀ, then B·R·S = U Σ Wᵀ, so B·A = U Σ (Q W)ᵀ. */
        static Factors of(Adapter.Lora lora, int k) {
            if (k < 1 || k > lora.scale().rank()) {
                throw new IllegalArgumentException(
                        "an adapter of rank " + lora.scale().rank() + " has no first " + k + " directions");
            }
            var a = Svd.of(lora.a().transpose(0, 1)); // left [in, r], right [r, r]
            var small = lora.b().matmul(a.right().transpose(0, 1)).mul(a.values()); // [out, r]
            var b = Svd.of(small); // left [out, r], right [r, r]
            var right = a.left().matmul(b.right().transpose(0, 1)); // [in, r]
            return new Factors(b.left().narrow(1, 0, k), right.narrow(1, 0, k));
        }
    }
}
