package plumb.report;

import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.MapperBuilder;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdScalarSerializer;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/** How records look on disk and on the terminal: snake_case keys, lower-case enum values, no number as {@code null}. */
public final class Formats {
    /** One line a value; what is written can be read back into the same record. */
    public static final JsonMapper JSON = strict(JsonMapper.builder()).build();

    /** For specs: duplicate keys are errors, no document marker, no type tags. */
    public static final YAMLMapper YAML = strict(YAMLMapper.builder())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(YAMLWriteFeature.WRITE_DOC_START_MARKER, YAMLWriteFeature.USE_NATIVE_TYPE_ID)
            .enable(YAMLWriteFeature.MINIMIZE_QUOTES, YAMLWriteFeature.INDENT_ARRAYS_WITH_INDICATOR)
            .build();

    private Formats() {}

    /** A record of a sealed family with its settings, on one line: {@code OpSwap digits}; a list reads {@code equal+exit}. */
    public static String named(JsonNode record) {
        return record.valueStream()
                .filter(value -> !value.isNull())
                .map(Formats::setting)
                .collect(Collectors.joining(" "));
    }

    private static String setting(JsonNode value) {
        if (!value.isArray()) {
            return value.asString("");
        }
        return value.isEmpty()
                ? "none"
                : value.valueStream().map(Formats::setting).collect(Collectors.joining("+"));
    }

    private static <B extends MapperBuilder<?, B>> B strict(B builder) {
        return builder.propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
                .enable(
                        DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES,
                        DeserializationFeature.FAIL_ON_TRAILING_TOKENS,
                        DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
                .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
                .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
                .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
                .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
                .addModule(new SimpleModule()
                        .addSerializer(double.class, new NoNumberAsNull())
                        .addSerializer(Double.class, new NoNumberAsNull())
                        .addDeserializer(double.class, new NullAsNoNumber()));
    }

    /** NaN is no JSON number; scores that do not exist are written as {@code null}. */
    private static final class NoNumberAsNull extends StdScalarSerializer<Double> {
        NoNumberAsNull() {
            super(Double.class);
        }

        @Override
        public void serialize(Double value, JsonGenerator generator, SerializationContext context) {
            if (Double.isFinite(value)) {
                generator.writeNumber(value);
            } else {
                generator.writeNull();
            }
        }
    }

    private static final class NullAsNoNumber extends StdScalarDeserializer<Double> {
        NullAsNoNumber() {
            super(double.class);
        }

        @Override
        public Double deserialize(JsonParser parser, DeserializationContext context) {
            return parser.getDoubleValue();
        }

        @Override
        public @Nullable Object getNullValue(DeserializationContext context) {
            return Double.NaN;
        }
    }
}
