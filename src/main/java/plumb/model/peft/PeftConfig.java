package plumb.model.peft;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code adapter_config.json} says of a plain LoRA adapter. A module is named by its place in the base model, e.g.
 * {@code model.layers.0.self_attn.q_proj}.
 *
 * @param rank r, where no pattern says otherwise
 * @param alpha numerator of the scale, where no pattern says otherwise
 * @param rslora whether the scale is α/√r instead of α/r
 * @param ranks {@code rank_pattern}, in the order of the file
 * @param alphas {@code alpha_pattern}, in the order of the file
 * @param targets which modules are adapted; empty when the file leaves it to what is stored
 * @param base the name or path of the model it was made for
 */
public record PeftConfig(
        int rank,
        double alpha,
        boolean rslora,
        Map<ModulePattern, Integer> ranks,
        Map<ModulePattern, Double> alphas,
        Optional<TargetModules> targets,
        Optional<String> base) {
    public PeftConfig {
        ranks = new LinkedHashMap<>(ranks);
        alphas = new LinkedHashMap<>(alphas);
    }

    /** Reads the file; {@link plumb.chat.BadInput} if it is missing, broken, or asks for more than plain LoRA. */
    public static PeftConfig read(Path file) {
        return new PeftConfigJson(file).read();
    }

    /** r of this module. */
    public int rank(String module) {
        return first(ranks, module).orElse(rank);
    }

    /** α of this module. */
    public double alpha(String module) {
        return first(alphas, module).orElse(alpha);
    }

    /** The first pattern that fits decides. */
    private static <T> Optional<T> first(Map<ModulePattern, T> patterns, String module) {
        return patterns.entrySet().stream()
                .filter(entry -> entry.getKey().fitsEnd(module))
                .map(Map.Entry::getValue)
                .findFirst();
    }
}
