package plumb.model.config;

import java.util.regex.Pattern;
import plumb.torch.Dtype;

/** How {@code config.json} names the type of the weights: {@code dtype} in Transformers 5, {@code torch_dtype} before. */
public final class StoredType {
    private static final Pattern FIELD = Pattern.compile("(\"(?:torch_)?dtype\"\\s*:\\s*)(?:\"\\w+\"|null)");

    private StoredType() {}

    /** The configuration with another type of weights, and not a character else changed. */
    public static String replaced(String config, Dtype dtype) {
        var name = "\"" + name(dtype) + "\"";
        var field = FIELD.matcher(config);
        return field.find()
                ? field.replaceAll("$1" + name)
                : config.replaceFirst("\\{", "{\n  \"dtype\": " + name + ",");
    }

    private static String name(Dtype dtype) {
        return switch (dtype) {
            case F64 -> "float64";
            case F32 -> "float32";
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            case I64, I32, U8, BOOL -> throw new IllegalArgumentException("weights are not kept in " + dtype);
        };
    }
}
