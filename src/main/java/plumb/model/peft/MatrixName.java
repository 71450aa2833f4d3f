package plumb.model.peft;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a stored matrix, taken apart: {@code base_model.model.MODULE.lora_A.weight}. Files saved without going
 * through PEFT's own saving lack the prefix or carry the adapter's name: {@code MODULE.lora_A.default.weight}.
 *
 * @param stored the whole name
 * @param module e.g. {@code model.layers.0.self_attn.q_proj}
 * @param matrix which of the two
 */
public record MatrixName(String stored, String module, Matrix matrix) {
    private static final String PREFIX = "base_model.model.";
    private static final Pattern FORM =
            Pattern.compile("(?:base_model\\.model\\.)?(.+)\\.lora_([AB])(?:\\.[^.]+)?\\.weight");

    /** The two factors of an update. */
    public enum Matrix {
        A,
        B
    }

    /** Empty when it is not the name of a LoRA matrix of a linear layer. */
    public static Optional<MatrixName> parse(String stored) {
        var match = FORM.matcher(stored);
        return match.matches()
                ? Optional.of(new MatrixName(stored, match.group(1), Matrix.valueOf(match.group(2))))
                : Optional.empty();
    }

    /** The name under which PEFT stores a matrix. */
    public static String of(String module, Matrix matrix) {
        return PREFIX + module + ".lora_" + matrix + ".weight";
    }
}
