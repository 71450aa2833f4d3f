package plumb.model.safetensors;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import plumb.chat.BadInput;
import plumb.json.JsonFault;
import plumb.torch.Dtype;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/** The JSON at the start of a safetensors file, parsed with limits and distrust. */
record SafetensorsHeader(List<Entry> entries, Map<String, String> metadata) {
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final int MOST_DIMENSIONS = 32;

    /** One tensor's claim: bytes {@code [begin, end)} of the data part. */
    record Entry(String name, Dtype dtype, List<Long> shape, long begin, long end) {}

    static SafetensorsHeader parse(byte[] json, String file) {
        try (var parser = JSON.createParser(ObjectReadContext.empty(), json)) {
            var entries = new ArrayList<Entry>();
            Map<String, String> metadata = Map.of();
            require(parser.nextToken() == JsonToken.START_OBJECT, file, "its header is no JSON object");
            for (var name = parser.nextName(); name != null; name = parser.nextName()) {
                if (name.equals("__metadata__")) {
                    metadata = metadata(parser, file);
                } else {
                    entries.add(entry(parser, name, file));
                }
            }
            require(parser.nextToken() == null, file, "its header has text after the JSON object");
            return new SafetensorsHeader(entries, metadata);
        } catch (JacksonException e) {
            throw bad(file, "its header cannot be read: " + JsonFault.of(e));
        }
    }

    static BadInput bad(String file, String what) {
        return new BadInput(file + " is not a sound safetensors file: " + what + ". Copy or download it again.");
    }

    private static Map<String, String> metadata(JsonParser parser, String file) {
        require(parser.nextToken() == JsonToken.START_OBJECT, file, "its __metadata__ is no object");
        var metadata = new LinkedHashMap<String, String>();
        for (var key = parser.nextName(); key != null; key = parser.nextName()) {
            require(parser.nextToken() == JsonToken.VALUE_STRING, file, "its __metadata__." + key + " is no text");
            metadata.put(key, parser.getString());
        }
        return metadata;
    }

    private static Entry entry(JsonParser parser, String tensor, String file) {
        require(parser.nextToken() == JsonToken.START_OBJECT, file, "the entry of tensor " + tensor + " is no object");
        Optional<Dtype> dtype = Optional.empty();
        Optional<List<Long>> shape = Optional.empty();
        List<Long> offsets = List.of();
        for (var key = parser.nextName(); key != null; key = parser.nextName()) {
            switch (key) {
                case "dtype" -> dtype = Optional.of(dtype(parser, tensor, file));
                case "shape" -> shape = Optional.of(numbers(parser, tensor, file));
                case "data_offsets" -> offsets = numbers(parser, tensor, file);
                default -> throw bad(file, "tensor " + tensor + " has the unknown key '" + key + "'");
            }
        }
        require(
                dtype.isPresent() && shape.isPresent() && offsets.size() == 2,
                file,
                "tensor " + tensor + " needs dtype, shape and two data_offsets");
        return new Entry(tensor, dtype.orElseThrow(), shape.orElseThrow(), offsets.get(0), offsets.get(1));
    }

    private static Dtype dtype(JsonParser parser, String tensor, String file) {
        require(parser.nextToken() == JsonToken.VALUE_STRING, file, "the dtype of tensor " + tensor + " is no text");
        var name = parser.getString();
        return Arrays.stream(Dtype.values())
                .filter(d -> d.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new BadInput(file + ": tensor " + tensor + " has the element type '" + name
                        + "', which is not supported; supported are " + Arrays.toString(Dtype.values())
                        + ". Convert the model to one of them (quantised models cannot be used)."));
    }

    private static List<Long> numbers(JsonParser parser, String tensor, String file) {
        require(parser.nextToken() == JsonToken.START_ARRAY, file, "tensor " + tensor + " lacks an array of numbers");
        var numbers = new ArrayList<Long>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            boolean fine = parser.currentToken() == JsonToken.VALUE_NUMBER_INT
                    && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                    && parser.getLongValue() >= 0
                    && numbers.size() < MOST_DIMENSIONS;
            require(fine, file, "tensor " + tensor + " has a size or offset that is no sensible number");
            numbers.add(parser.getLongValue());
        }
        return numbers;
    }

    private static void require(boolean holds, String file, String otherwise) {
        if (!holds) {
            throw bad(file, otherwise);
        }
    }
}
