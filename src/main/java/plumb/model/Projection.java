package plumb.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Tensor;
import plumb.torch.WideProduct;

/**
 * Linear projections that read the same input (q, k and v; gate and up), as one product. With an adapter there are two
 * exact ways, and the cheaper one is taken: put s·B·A into the weight, or run it beside the frozen product. On small
 * models the first saves many small operations; on large ones the second saves the weight gradient.
 */
final class Projection implements AutoCloseable {
    /** Stacked copies are made of small weights only: a large checkpoint stays mapped from its file, once. */
    private static final long FUSED_SIZE = 1 << 22;

    private final List<String> modules;
    private final List<Tensor> weights;
    private final @Nullable Tensor bias; // of all modules, end to end: [out]
    private final long in;
    private final long out;
    private @Nullable Tensor fused;

    Projection(Decoder decoder, List<String> modules) {
        this.modules = modules;
        this.weights = modules.stream().map(m -> decoder.weight(m + ".weight")).toList();
        this.in = weights.getFirst().size(1);
        this.out = weights.stream().mapToLong(w -> w.size(0)).sum();
        this.bias = bias(decoder);
    }

    /** A module without a bias among others that have one gets zeros. */
    private @Nullable Tensor bias(Decoder decoder) {
        var biases = new ArrayList<Tensor>();
        boolean any = false;
        for (int i = 0; i < modules.size(); i++) {
            var weight = weights.get(i);
            boolean biased = decoder.weights().containsKey(modules.get(i) + ".bias");
            any |= biased;
            biases.add(
                    biased
                            ? decoder.weight(modules.get(i) + ".bias")
                            : Tensor.zeros(weight.dtype(), weight.device(), weight.size(0)));
        }
        return any ? Tensor.cat(biases, 0).to(decoder.computed()).hold() : null;
    }

    /** One output a module: each [tokens, out]. */
    List<Tensor> apply(Tensor x, @Nullable Adapter adapter) {
        if (adapter == null || modules.stream().allMatch(m -> adapter.lora(m) == null)) {
            return frozen(x);
        }
        return apply(x, adapter, prefersMerging(adapter) ? Way.MERGED : Way.BESIDE);
    }

    /** How an adapter takes part in a product; both give the same numbers up to rounding. */
    enum Way {
        MERGED,
        BESIDE
    }

    List<Tensor> apply(Tensor x, Adapter adapter, Way way) {
        return switch (way) {
            case MERGED -> split(x.linear(merged(adapter, x.dtype()), bias));
            case BESIDE -> Autograd.records() ? beside(x, adapter) : new AdaptedProduct(this, adapter).forward(x);
        };
    }

    /** W + s·B·A: [out, in]; W itself where the module has no adapter. */
    static Tensor effective(Tensor weight, Adapter adapter, String module) {
        var lora = adapter.lora(module);
        if (lora == null) {
            return weight;
        }
        var delta = lora.b().matmul(lora.a()).mul(lora.scale().value());
        return weight.add(delta.to(weight.dtype()));
    }

    /** Merging costs a weight gradient (out · in a token), running beside costs 3 passes over rank · (out + in). */
    private boolean prefersMerging(Adapter adapter) {
        return in * out < 12L * rank(adapter) * (in + out);
    }

    /** The largest among the modules. */
    private int rank(Adapter adapter) {
        int rank = 0;
        for (var module : modules) {
            var lora = adapter.lora(module);
            rank = lora == null ? rank : Math.max(rank, lora.scale().rank());
        }
        return rank;
    }

    /** Whether an adapter, if it has one for them, is better put into these weights, which are fp32 and frozen. */
    boolean takesIn(Adapter adapter) {
        return (rank(adapter) == 0 || prefersMerging(adapter))
                && weights.stream().allMatch(weight -> weight.dtype() == Dtype.F32 && !weight.requiresGrad());
    }

    /** W + s·B·A of the modules, stacked, without a tape: [out, in]. */
    Tensor merged(Adapter adapter) {
        boolean none = modules.stream().allMatch(module -> adapter.lora(module) == null);
        return none ? fused() : merged(adapter, Dtype.F32);
    }

    private Tensor merged(Adapter adapter, Dtype computed) {
        var effective = new ArrayList<Tensor>();
        for (int i = 0; i < modules.size(); i++) {
            effective.add(effective(weights.get(i).to(computed), adapter, modules.get(i)));
        }
        return effective.size() == 1 ? effective.getFirst() : Tensor.cat(effective, 0); // [out, in]
    }

    private List<Tensor> beside(Tensor x, Adapter adapter) {
        var outputs = new ArrayList<>(frozen(x));
        for (int i = 0; i < modules.size(); i++) {
            var lora = adapter.lora(modules.get(i));
            if (lora != null) {
                var low = x.to(lora.a().dtype()).linear(lora.a()); // [tokens, rank]
                var change = low.linear(lora.b()).mul(lora.scale().value()); // [tokens, out]
                outputs.set(i, outputs.get(i).add(change.to(x.dtype())));
            }
        }
        return outputs;
    }

    /** Of one module: what it gives for a token. */
    long out(int module) {
        return weights.get(module).size(0);
    }

    @Nullable
    Tensor bias() {
        return bias;
    }

    List<String> modules() {
        return modules;
    }

    /** Whether an adapter is better run beside these weights, and they need no gradient of their own. */
    boolean isFrozenBeside(Adapter adapter) {
        return !prefersMerging(adapter) && !weights.getFirst().requiresGrad();
    }

    /** Without any adapter: one output a module, each [tokens, out]. */
    List<Tensor> frozen(Tensor x) {
        return in * out <= FUSED_SIZE || weights.getFirst().requiresGrad()
                ? split(x.linear(fused(), bias))
                : oneByOne(x);
    }

    private List<Tensor> oneByOne(Tensor x) {
        var outputs = new ArrayList<Tensor>();
        long at = 0;
        for (var weight : weights) {
            outputs.add(x.linear(weight, bias == null ? null : bias.narrow(0, at, weight.size(0))));
            at += weight.size(0);
        }
        return outputs;
    }

    /** Σ gradient · W over the modules, from the gradients of their outputs: [tokens, in] */
    Tensor frozenBackward(List<Tensor> gradients) {
        var first = gradients.getFirst();
        var sum = Tensor.zeros(first.dtype(), first.device(), first.size(0), in);
        for (int i = 0; i < weights.size(); i++) {
            WideProduct.addBack(sum, gradients.get(i), weights.get(i));
        }
        return sum;
    }

    private List<Tensor> split(Tensor y) {
        if (weights.size() == 1) {
            return List.of(y);
        }
        return y.split(1, weights.stream().mapToLong(w -> w.size(0)).toArray());
    }

    /** The frozen weights stacked: [out, in]. Made again each time while the weights themselves are being trained. */
    private synchronized Tensor fused() {
        if (weights.size() == 1) {
            return weights.getFirst();
        }
        if (weights.getFirst().requiresGrad()) {
            unstack(); // what was stacked before is about to be out of date
            return Tensor.cat(weights, 0);
        }
        if (fused == null) {
            fused = Tensor.cat(weights, 0).hold();
        }
        return fused;
    }

    @Override
    public void close() {
        unstack();
        if (bias != null) {
            bias.release();
        }
    }

    private synchronized void unstack() {
        if (fused != null) {
            fused.release();
            fused = null;
        }
    }
}
