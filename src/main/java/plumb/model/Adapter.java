package plumb.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import plumb.torch.Autograd;
import plumb.torch.Tensor;

/**
 * The trainable part of a fine-tune: two fp32 matrices a module. At the start B = 0, so the adapted model is exactly the
 * base model. The base weights are never changed.
 */
public final class Adapter implements AutoCloseable {
    /** A {@code target_modules} for models that also see images: these kinds of modules, of the text alone. */
    static final String TEXT_ONLY = ".*language_model.*\\.(%s)";

    /**
     * One adapted projection.
     *
     * @param a [rank, in]
     * @param b [out, rank]
     * @param scale what B·A is multiplied with
     */
    public record Lora(Tensor a, Tensor b, LoraScale scale) {
        /** share · ΔW + otherShare · ΔW′ as one pair of factors, scaled by 1. */
        private Lora joined(double share, Lora other, double otherShare) {
            var rows = Tensor.cat(List.of(a, other.a), 0); // [r + r', in]
            var columns = Tensor.cat(
                    List.of(b.mul(share * scale.value()), other.b.mul(otherShare * other.scale.value())),
                    1); // [out, r + r']
            int rank = scale.rank() + other.scale.rank();
            return new Lora(rows, columns, new LoraScale(rank, rank, false));
        }
    }

    private final LoraSettings settings;
    private final Map<String, Lora> modules;
    private final List<String> targets;
    private final boolean amongOtherSenses;

    /**
     * Takes over the tensors: they live until {@link #close}.
     *
     * @param targets what names the modules: the kinds of the settings, or each by its whole name
     * @param amongOtherSenses see {@link plumb.model.config.Architecture}
     */
    Adapter(LoraSettings settings, Map<String, Lora> modules, List<String> targets, boolean amongOtherSenses) {
        this.settings = settings;
        this.modules = new LinkedHashMap<>(modules);
        this.targets = List.copyOf(targets);
        this.amongOtherSenses = amongOtherSenses;
        parameters().forEach(parameter -> parameter.hold().requiresGradInPlace(true));
    }

    /**
     * A fresh adapter: A uniform in ±1/√in (Kaiming uniform with a = √5, as PEFT does), B zero. The numbers come from
     * the seed alone, not from the device.
     */
    public static Adapter fresh(Decoder decoder, LoraSettings settings, long seed) {
        var random = new SplittableRandom(seed);
        var modules = new LinkedHashMap<String, Lora>();
        for (var module : decoder.projections(settings.targets())) {
            var shape = decoder.weight(module + ".weight").shape();
            int out = (int) shape[0];
            int in = (int) shape[1];
            var a = new float[settings.rank() * in];
            for (int i = 0; i < a.length; i++) {
                a[i] = (float) ((2 * random.nextDouble() - 1) / Math.sqrt(in));
            }
            modules.put(
                    module,
                    new Lora(
                            Tensor.of(a, settings.rank(), in).to(decoder.device()),
                            Tensor.of(new float[out * settings.rank()], out, settings.rank())
                                    .to(decoder.device()),
                            settings.scale()));
        }
        return new Adapter(
                settings,
                modules,
                settings.targets(),
                decoder.config().architecture().amongOtherSenses());
    }

    /**
     * A point on the straight line of weights between two adapters of the same modules: (1 − t)·ΔW₁ + t·ΔW₂, not a mixture
     * of their factors. Its rank is the sum of theirs.
     */
    public static Adapter between(Adapter first, Adapter second, double t) {
        if (!first.modules().equals(second.modules())) {
            throw new IllegalArgumentException("the adapters change different modules: nothing lies between them");
        }
        var modules = new LinkedHashMap<String, Lora>();
        try (var _ = Autograd.pause()) {
            first.modules.forEach((name, one) ->
                    modules.put(name, one.joined(1 - t, Objects.requireNonNull(second.modules.get(name)), t)));
        }
        int rank = first.settings.rank() + second.settings.rank();
        var settings = new LoraSettings(rank, rank, false, first.settings.targets());
        return new Adapter(settings, modules, first.targets, first.amongOtherSenses);
    }

    /** What it was made with; {@link Lora#scale} says what holds for a module. */
    public LoraSettings settings() {
        return settings;
    }

    /** What names its modules and no others: kinds such as {@code q_proj}, or whole names. */
    List<String> targets() {
        return targets;
    }

    /** A module by the name it has in the model that the adapter is for: longer where that model also sees images. */
    String spelled(String module) {
        return amongOtherSenses ? ModelWeights.amongOtherSenses(module) : module;
    }

    boolean isAmongOtherSenses() {
        return amongOtherSenses;
    }

    /** Module names in model order, e.g. {@code model.layers.0.self_attn.q_proj}. */
    public List<String> modules() {
        return List.copyOf(modules.keySet());
    }

    /** The matrices of a module; null when it is not adapted. */
    public @Nullable Lora lora(String module) {
        return modules.get(module);
    }

    /** Every trainable tensor in a fixed order: A then B, module by module. */
    public List<Tensor> parameters() {
        var parameters = new ArrayList<Tensor>();
        modules.values().forEach(lora -> {
            parameters.add(lora.a());
            parameters.add(lora.b());
        });
        return parameters;
    }

    public void clearGradients() {
        parameters().forEach(Tensor::clearGradient);
    }

    /** A copy with its own memory. */
    public Adapter copy() {
        var copies = new LinkedHashMap<String, Lora>();
        modules.forEach((name, lora) -> copies.put(
                name, new Lora(lora.a().detach().copy(), lora.b().detach().copy(), lora.scale())));
        return new Adapter(settings, copies, targets, amongOtherSenses);
    }

    @Override
    public void close() {
        parameters().forEach(Tensor::release);
        modules.clear();
    }
}
