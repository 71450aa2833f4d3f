package plumb.defense;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.model.Adapter;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Svd;
import plumb.torch.Tensor;
import plumb.train.TrainingHooks;

/**
 * SafeLoRA (Hsu et al., arXiv 2405.16833): after training, modules whose update points away from the alignment direction
 * V = W_aligned − W_base are projected onto it: with C = V Vᵀ / ‖V‖_F and cos = cos(CBA, BA), B becomes CB where cos is
 * small. We never form C or BA, compute in fp64, measure every module before changing any (the authors' count mode
 * changes them while it counts), pair modules by full name and do not round the cosines. Mind that the paper's C is not a
 * projector: it also rescales B by the size of V, which the report shows as {@code ratio}.
 *
 * @param threshold τ: modules with cos ≤ τ are projected; give this or {@code number}
 * @param number the n modules with the smallest cos are projected, ties in model order; 0 projects none
 * @param normalization what C is
 * @param rank of the projector, for {@code exact_projector} alone
 */
public record SafeLora(
        @Nullable Double threshold,
        @Nullable Integer number,
        Normalization normalization,
        @Nullable Integer rank) implements Defense {
    /** Three choices of C. */
    public enum Normalization {
        /** V Vᵀ / ‖V‖_F */
        PAPER,
        /** V Vᵀ / σ₁², whose largest eigenvalue is 1 (ours). */
        SPECTRAL,
        /** U_k U_kᵀ over the k first left singular vectors of V: a projector indeed (ours). */
        EXACT_PROJECTOR
    }

    public SafeLora {
        Ranges.require(
                (threshold == null) != (number == null),
                "SafeLora",
                "given either a threshold or a number",
                "both or none");
        Ranges.require(
                threshold == null || (threshold >= -1 && threshold <= 1),
                "threshold",
                "between -1 and 1",
                threshold + "");
        Ranges.require(number == null || number >= 0, "number", "at least 0", number + "");
        boolean exact = normalization == Normalization.EXACT_PROJECTOR;
        Ranges.require(exact == (rank != null), "rank", "given for exact_projector, and for nothing else", rank + "");
        Ranges.require(rank == null || rank >= 1, "rank", "at least 1", rank + "");
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        var modules = context.aligned().projections(context.lora().targets());
        Ranges.require(
                number == null || number <= modules.size(),
                "number",
                "at most the " + modules.size() + " adapted modules",
                number + "");
        modules.forEach(module -> requireMoved(context, module));
        return new TrainingHooks() {
            @Override
            public void finish(Adapter adapter) {
                context.reports().accept(project(context, adapter));
            }
        };
    }

    /** A module that alignment did not change has no direction to project onto: refused before training begins. */
    private void requireMoved(TrainingContext context, String module) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var v = direction(context, module);
            if (v.norm().item() == 0) {
                throw new IllegalArgumentException("SafeLora needs base weights that differ from the aligned ones, but "
                        + module + " is equal in both: give the model as it was before alignment");
            }
            Ranges.require(
                    rank == null || rank <= Math.min(v.size(0), v.size(1)),
                    "rank",
                    "at most " + Math.min(v.size(0), v.size(1)) + " for " + module,
                    rank + "");
        }
    }

    /** V: [out, in] */
    private static Tensor direction(TrainingContext context, String module) {
        var aligned = context.aligned().weight(module + ".weight");
        var base = context.base().get().weight(module + ".weight");
        Ranges.require(
                java.util.Arrays.equals(aligned.shape(), base.shape()),
                module,
                "of one shape in base and aligned model",
                base + " and " + aligned);
        return aligned.to(Dtype.F64).sub(base.to(Dtype.F64));
    }

    private SafeLoraReport project(TrainingContext context, Adapter adapter) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var measured = adapter.modules().stream()
                    .map(module -> measure(direction(context, module), adapter, module))
                    .toList();
            var chosen = chosen(measured.stream().map(Measured::cosine).toList());
            var modules = new ArrayList<SafeLoraReport.Module>();
            double closeness = 0;
            for (int i = 0; i < measured.size(); i++) {
                var one = measured.get(i);
                closeness += 1 / (1 + (chosen.contains(i) ? 0 : one.distance())) / measured.size();
                if (chosen.contains(i)) {
                    one.b().copyInPlace(one.projected());
                }
                modules.add(new SafeLoraReport.Module(one.module(), one.cosine(), one.ratio(), chosen.contains(i)));
            }
            return new SafeLoraReport(modules, closeness);
        }
    }

    /** The places of the modules to project. */
    List<Integer> chosen(List<Double> cosines) {
        var places = IntStream.range(0, cosines.size()).boxed();
        if (threshold != null) {
            return places.filter(i -> cosines.get(i) <= threshold).toList();
        }
        return places.sorted(Comparator.comparing(cosines::get))
                .limit(Objects.requireNonNull(number))
                .toList();
    }

    private record Measured(String module, Tensor b, Tensor projected, double cosine, double ratio, double distance) {}

    /** cos = tr(Bᵀ CB G) / √(tr((CB)ᵀCB G) tr(BᵀB G)) with G = A Aᵀ; LoRA's scale cancels. */
    private Measured measure(Tensor v, Adapter adapter, String module) {
        var lora = Objects.requireNonNull(adapter.lora(module));
        var a = lora.a().to(Dtype.F64); // [rank, in]
        var b = lora.b().to(Dtype.F64); // [out, rank]
        var cb = applied(v, b); // [out, rank]
        var gram = a.matmul(a.transpose(0, 1)); // [rank, rank]
        double inner = inner(b, cb, gram);
        double norms = Math.sqrt(inner(cb, cb, gram)) * Math.sqrt(inner(b, b, gram));
        double size = b.norm().item();
        double cosine = size == 0 ? 1 : norms == 0 ? 0 : inner / norms;
        double ratio = size == 0 ? 0 : cb.norm().item() / size;
        return new Measured(
                module, lora.b(), cb, cosine, ratio, b.sub(cb).norm().item());
    }

    /** ⟨xA, yA⟩ */
    private static double inner(Tensor x, Tensor y, Tensor gram) {
        return x.transpose(0, 1).matmul(y).mul(gram).sum().item();
    }

    /** C B: [out, rank] */
    private Tensor applied(Tensor v, Tensor b) {
        return switch (normalization) {
            case PAPER -> v.matmul(v.transpose(0, 1).matmul(b)).div(v.norm());
            case SPECTRAL ->
                v.matmul(v.transpose(0, 1).matmul(b))
                        .div(Svd.of(v).values().select(0, 0).square());
            case EXACT_PROJECTOR -> {
                var u = Svd.of(v).left().narrow(1, 0, Objects.requireNonNull(rank)); // [out, k]
                yield u.matmul(u.transpose(0, 1).matmul(b));
            }
        };
    }
}
