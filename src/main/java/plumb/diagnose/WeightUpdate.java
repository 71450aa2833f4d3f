package plumb.diagnose;

import java.util.LinkedHashMap;
import java.util.Map;
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
public final class WeightUpdate implements AutoCloseable {
    private final Adapter adapter;
    private final int directions;
    private final Map<String, Factors> factors = new LinkedHashMap<>(); // by module
    private final double square; // ‖ΔW‖²

    /**
     * Takes an adapter's update apart.
     *
     * @param directions k, how many singular vectors of each module are compared; at most the rank
     */
    public WeightUpdate(Adapter adapter, int directions) {
        this.adapter = adapter;
        this.directions = directions;
        for (var module : adapter.modules()) {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                factors.put(module, Factors.of(lora(module), directions).hold());
            }
        }
        this.square = product(this);
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

    /** With another adapter's, of the same modules and as many directions. */
    public Overlap overlap(WeightUpdate other) {
        if (!adapter.modules().equals(other.adapter.modules())) {
            throw new IllegalArgumentException("the adapters change different modules and cannot be compared");
        }
        double written = 0;
        double writtenByChance = 0;
        double read = 0;
        double readByChance = 0;
        int modules = factors.size();
        for (var module : factors.keySet()) {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                var mine = factors(module);
                var theirs = other.factors(module);
                written += shared(mine.left(), theirs.left()) / modules;
                read += shared(mine.right(), theirs.right()) / modules;
                writtenByChance += (double) directions / mine.left().size(0) / modules;
                readByChance += (double) directions / mine.right().size(0) / modules;
            }
        }
        double cosine = product(other) / Math.sqrt(square * other.square);
        return new Overlap(cosine, written, writtenByChance, read, readByChance);
    }

    private Factors factors(String module) {
        return Objects.requireNonNull(factors.get(module));
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
            return new Factors(
                    b.left().narrow(1, 0, k).copy(), right.narrow(1, 0, k).copy());
        }

        Factors hold() {
            left.hold();
            right.hold();
            return this;
        }
    }

    @Override
    public void close() {
        factors.values().forEach(held -> {
            held.left().release();
            held.right().release();
        });
        factors.clear();
    }
}
