package plumb.service.http.call;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.json.JsonFault;
import plumb.report.Formats;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A JSON object somebody sent, read field by field; whatever is not as it should be is an error that names the field.
 *
 * @param fields of the object
 * @param path of the object in the whole body, with a dot at its end; empty for the body itself
 */
public record Body(ObjectNode fields, String path) {
    private static final int LARGEST = 8 << 20;

    /** Reads the whole body. */
    public static Body read(InputStream in) {
        return read(in, false);
    }

    /** Reads the whole body; none is an empty object. */
    public static Body readOptional(InputStream in) {
        return read(in, true);
    }

    private static Body read(InputStream in, boolean optional) {
        try {
            var bytes = in.readNBytes(LARGEST + 1);
            if (optional && bytes.length == 0) {
                return new Body(Formats.JSON.createObjectNode(), "");
            }
            if (bytes.length > LARGEST) {
                throw ApiError.tooLarge("The body is larger than " + (LARGEST >> 20) + " MB.", null);
            }
            if (Formats.JSON.readTree(bytes) instanceof ObjectNode object) {
                return new Body(object, "");
            }
        } catch (JacksonException e) {
            throw ApiError.invalid("We could not parse the JSON body of your request: " + JsonFault.of(e), null);
        } catch (IOException e) {
            throw ApiError.invalid("The body could not be read: " + e.getMessage(), null);
        }
        throw ApiError.invalid("The body must be a JSON object.", null);
    }

    /** Refuses fields that nobody would look at: they would be wishes that are silently not fulfilled. */
    public void only(Set<String> known) {
        for (var name : fields.propertyNames()) {
            if (!known.contains(name)) {
                throw ApiError.invalid(
                        "Unrecognized request argument supplied: " + path + name, path + name, "unknown_parameter");
            }
        }
    }

    private @Nullable JsonNode value(String name) {
        var value = fields.get(name);
        return value == null || value.isNull() ? null : value;
    }

    public boolean has(String name) {
        return value(name) != null;
    }

    public String text(String name) {
        var text = optionalText(name);
        if (text == null) {
            throw missing(name);
        }
        return text;
    }

    public @Nullable String optionalText(String name) {
        var value = value(name);
        if (value != null && !value.isString()) {
            throw wrongType(name, "a string", value);
        }
        if (value != null && value.asString().indexOf('\0') >= 0) {
            throw ApiError.invalid(
                    "'" + path + name + "' must not contain the character NUL.", path + name, "invalid_value");
        }
        return value == null ? null : value.asString();
    }

    public boolean flag(String name) {
        var value = value(name);
        if (value != null && !value.isBoolean()) {
            throw wrongType(name, "a boolean", value);
        }
        return value != null && value.asBoolean();
    }

    public @Nullable Double number(String name, double least, double most) {
        var value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isNumber()) {
            throw wrongType(name, "a number", value);
        }
        return inside(name, value.asDouble(), least, most);
    }

    public double number(String name, double least, double most, double otherwise) {
        return Objects.requireNonNullElse(number(name, least, most), otherwise);
    }

    public @Nullable Integer integer(String name, int least, int most) {
        var value = value(name);
        if (value == null) {
            return null;
        }
        if (!value.isIntegralNumber()) {
            throw wrongType(name, "an integer", value);
        }
        return (int) inside(name, value.asDouble(), least, most);
    }

    /** An integer that must be there. */
    public long whole(String name, long least, long most) {
        var value = value(name);
        if (value == null) {
            throw missing(name);
        }
        if (!value.isIntegralNumber()) {
            throw wrongType(name, "an integer", value);
        }
        return (long) inside(name, value.asDouble(), (double) least, (double) most);
    }

    private ApiError missing(String name) {
        return ApiError.invalid(
                "Missing required parameter: '" + path + name + "'.", path + name, "missing_required_parameter");
    }

    private double inside(String name, double value, double least, double most) {
        if (!(value >= least && value <= most)) {
            throw ApiError.invalid(
                    "Invalid value for '" + path + name + "': " + plain(value) + " is not between " + plain(least)
                            + " and " + plain(most) + ".",
                    path + name,
                    "invalid_value");
        }
        return value;
    }

    private static String plain(double value) {
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? String.valueOf((long) value)
                : String.valueOf(value);
    }

    /** An object in a field; none when it is absent. */
    public @Nullable Body object(String name) {
        var value = value(name);
        if (value == null) {
            return null;
        }
        if (value instanceof ObjectNode object) {
            return new Body(object, path + name + ".");
        }
        throw wrongType(name, "an object", value);
    }

    /** Whatever is there. */
    public @Nullable JsonNode any(String name) {
        return value(name);
    }

    /** The objects of a list; each knows its place. */
    public List<Body> objects(String name) {
        var value = value(name);
        if (value == null || !value.isArray()) {
            throw value == null ? missing(name) : wrongType(name, "an array", value);
        }
        var objects = new ArrayList<Body>();
        for (var item : value) {
            if (!(item instanceof ObjectNode object)) {
                throw wrongType(name + "[" + objects.size() + "]", "an object", item);
            }
            objects.add(new Body(object, path + name + "[" + objects.size() + "]."));
        }
        return objects;
    }

    /** A text or a list of texts; empty when it is absent. */
    public List<String> texts(String name, int most) {
        var value = value(name);
        var texts = new ArrayList<String>();
        if (value != null) {
            var items = value.isArray() ? value : Formats.JSON.createArrayNode().add(value);
            for (var item : items) {
                if (!item.isString()) {
                    throw wrongType(name, "a string or an array of strings", item);
                }
                texts.add(item.asString());
            }
        }
        if (texts.size() > most) {
            throw ApiError.invalid(
                    "Invalid '" + path + name + "': at most " + most + " are possible.",
                    path + name,
                    "array_above_max_length");
        }
        return texts;
    }

    /** At most 16 pairs of texts. */
    public Map<String, String> metadata() {
        var object = object("metadata");
        var pairs = new LinkedHashMap<String, String>();
        if (object != null) {
            for (var name : object.fields().propertyNames()) {
                var value = object.text(name);
                if (name.length() > 64 || value.length() > 512) {
                    throw ApiError.invalid(
                            "Metadata keys have at most 64 characters, values at most 512.", "metadata." + name);
                }
                pairs.put(name, value);
            }
        }
        if (pairs.size() > 16) {
            throw ApiError.invalid("Metadata has at most 16 pairs.", "metadata");
        }
        return pairs;
    }

    public ApiError wrongType(String name, String wanted, JsonNode got) {
        return ApiError.invalid(
                "Invalid type for '" + path + name + "': expected " + wanted + ", but got "
                        + got.getNodeType().name().toLowerCase(java.util.Locale.ROOT) + " instead.",
                path + name,
                "invalid_type");
    }
}
