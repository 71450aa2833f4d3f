package plumb.defense;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import plumb.model.Adapter;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Svd;
import plumb.torch.Tensor;
import plumb.train.Gradients;
import plumb.train.Step;
import plumb.train.TrainingHooks;

/**
 * GRASP (Gilligan-Lee et al., arXiv 2605.27676), reconstructed from its abstract: a naive fine-tune's weights tell, without
 * labels, which latent factors it came to rely on; a second one is kept from relying on them. Reliance of a module on a
 * direction v of its input is ΔW v with ΔW = s·B·A, so the directions are right singular vectors of the naive ΔW, and
 * training holds A v = 0: after each step A ← A (I − V Vᵀ), which projects the update and not the gradient alone (Adam's
 * preconditioner does not commute with a projection, so projecting gradients leaks). What the frozen weights do with v
 * stays as it is. Which layers, how many directions and how they are chosen among those of the task are ours to settle:
 * docs/defenses.md says what was found.
 *
 * @param directions how many a basis; 0 finds none and changes nothing
 * @param per what one basis is for
 * @param side which side of the modules is held
 */
public record Grasp(int directions, Per per, Side side) implements Defense {
    /** What shares a basis. */
    public enum Per {
        /** Each module its own. */
        MODULE,
        /** All modules of a block that read, or write, the residual stream. */
        LAYER,
        /** All of the model's. */
        MODEL
    }

    /** Where directions are taken and held. */
    public enum Side {
        /** What modules read: A loses the directions. */
        READ,
        /** What modules write (ours): B loses them. */
        WRITE,
        BOTH
    }

    public Grasp {
        Ranges.require(directions >= 0, "directions", "at least 0", directions);
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return directions == 0 ? new TrainingHooks() {} : new Held(this, context);
    }

    private boolean holds(Side one) {
        return side == one || side == Side.BOTH;
    }

    /** The bases of one run, found when training begins. */
    private static final class Held implements TrainingHooks {
        private final Grasp settings;
        private final TrainingContext context;
        private final Map<String, Tensor> read = new LinkedHashMap<>(); // by module: [in, k]
        private final Map<String, Tensor> written = new LinkedHashMap<>(); // by module: [out, k]

        Held(Grasp settings, TrainingContext context) {
            this.settings = settings;
            this.context = context;
        }

        @Override
        public void gradients(Step step, Gradients gradients) {
            find();
            project(gradients.adapter(), true);
        }

        @Override
        public void weights(Step step, Adapter adapter) {
            project(adapter, false);
        }

        @Override
        public void finish(Adapter adapter) {
            read.values().forEach(Tensor::release);
            written.values().forEach(Tensor::release);
        }

        private void find() {
            if (!read.isEmpty() || !written.isEmpty()) {
                return;
            }
            var bases = new ArrayList<GraspReport.Basis>();
            try (var _ = new Scope()) {
                if (settings.holds(Side.READ)) {
                    bases.addAll(find(Side.READ, read));
                }
                if (settings.holds(Side.WRITE)) {
                    bases.addAll(find(Side.WRITE, written));
                }
            }
            context.reports().accept(new GraspReport(bases));
        }

        private List<GraspReport.Basis> find(Side one, Map<String, Tensor> into) {
            var naive = context.naive().get();
            var groups = new LinkedHashMap<String, List<String>>();
            for (var module : naive.modules()) {
                var name = one.name().toLowerCase(java.util.Locale.ROOT) + " " + settings.group(one, module);
                groups.computeIfAbsent(name, _ -> new ArrayList<>()).add(module);
            }
            var bases = new ArrayList<GraspReport.Basis>();
            groups.forEach((name, modules) -> {
                var factors = modules.stream()
                        .map(module -> factor(Objects.requireNonNull(naive.lora(module)), one))
                        .toList();
                var svd = Svd.of(Tensor.cat(factors, 0)); // right: [k, width]
                long k = Math.min(settings.directions(), svd.values().size(0));
                var basis = svd.right()
                        .narrow(0, 0, k)
                        .transpose(0, 1)
                        .to(Dtype.F32)
                        .contiguous(); // [width, k]
                modules.forEach(module -> into.put(module, basis.copy().hold()));
                double kept = svd.values().narrow(0, 0, k).square().sum().item();
                bases.add(new GraspReport.Basis(
                        name, (int) k, kept / svd.values().square().sum().item()));
            });
            return bases;
        }

        /** With B = U S Vᵀ: s S Vᵀ A, whose right singular vectors are those of ΔW: [rank, in]; transposed for writing. */
        private static Tensor factor(Adapter.Lora lora, Side one) {
            var a = lora.a().detach().to(Dtype.F64);
            var b = lora.b().detach().to(Dtype.F64);
            var outer = one == Side.READ ? b : a.transpose(0, 1);
            var inner = one == Side.READ ? a : b.transpose(0, 1);
            var svd = Svd.of(outer);
            var scaled = svd.right().mul(svd.values().view(svd.values().size(0), 1)); // S Vᵀ: [rank, rank]
            return scaled.matmul(inner).mul(lora.scale().value());
        }

        /** A ← A − (A V) Vᵀ and B ← B − U (Uᵀ B), or the same of their gradients. */
        private void project(Adapter adapter, boolean gradient) {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                read.forEach((module, v) -> {
                    var a = Objects.requireNonNull(adapter.lora(module)).a();
                    var rows = gradient ? a.gradient() : a; // [rank, in]
                    rows.addInPlace(rows.matmul(v).matmul(v.transpose(0, 1)), -1);
                });
                written.forEach((module, u) -> {
                    var b = Objects.requireNonNull(adapter.lora(module)).b();
                    var columns = gradient ? b.gradient() : b; // [out, rank]
                    columns.addInPlace(u.matmul(u.transpose(0, 1).matmul(columns)), -1);
                });
            }
        }
    }

    /** Modules with one name share a basis. Inputs of o and down, and outputs of the others, are not the residual stream. */
    private String group(Side one, String module) {
        boolean writes = module.endsWith("o_proj") || module.endsWith("down_proj");
        boolean residual = writes == (one == Side.WRITE);
        var layer = module.replaceFirst("(.*\\.layers\\.\\d+)\\..*", "$1");
        return switch (per) {
            case MODULE -> module;
            case LAYER -> residual ? layer : module;
            case MODEL -> residual ? "model" : module;
        };
    }
}
