package plumb.model;

import java.util.List;

/**
 * Low-rank adaptation (Hu et al., arXiv 2106.09685): W + s·B·A with B of shape [out, rank] and A of shape [rank, in]. This
 * is what an adapter is made with; one that was read from a folder may depart from it {@link Adapter.Lora#scale module by
 * module}.
 *
 * @param rank r ≥ 1
 * @param alpha numerator of the scale s
 * @param rslora s = α/√r instead of α/r
 * @param targets the projections that get an adapter, e.g. {@code q_proj}
 */
public record LoraSettings(int rank, double alpha, boolean rslora, List<String> targets) {
    public static final List<String> ALL_PROJECTIONS =
            List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj");

    public LoraSettings {
        targets = List.copyOf(targets);
        var _ = new LoraScale(rank, alpha, rslora); // refuses what cannot be
        if (targets.isEmpty() || !ALL_PROJECTIONS.containsAll(targets)) {
            throw new IllegalArgumentException("LoRA targets must be some of " + ALL_PROJECTIONS + ", got " + targets);
        }
    }

    /** Of every module of a fresh adapter. */
    public LoraScale scale() {
        return new LoraScale(rank, alpha, rslora);
    }
}
