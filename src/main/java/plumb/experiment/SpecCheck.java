package plumb.experiment;

import static java.util.stream.Collectors.joining;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plumb.report.Formats;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.DoubleNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Compares a tree with the record it is meant for and names every difference by its path: unknown, missing and repeated
 * keys, wrong types, values a record refuses. A record's settings are its keys; a component that may be null may be
 * absent; a sealed family is chosen by {@code type}, the subtype's simple name.
 */
final class SpecCheck {
    private static final String TYPE = "type";

    private final List<String> problems = new ArrayList<>();

    /** What was wrong, in the order of the tree. */
    List<String> problems() {
        return List.copyOf(problems);
    }

    /** Checks a tree against a type. Numbers that YAML took for text ({@code 1e-4}) are put right in place. */
    void check(JsonNode node, Class<?> type) {
        value(node, type, "");
    }

    private void value(JsonNode node, Type type, String path) {
        if (type instanceof ParameterizedType list
                && (list.getRawType() == List.class || list.getRawType() == Set.class)) {
            list(node, list.getActualTypeArguments()[0], path);
        } else if (type instanceof Class<?> plain) {
            if (plain.isRecord()) {
                record(node, plain, path);
            } else if (plain.isSealed()) {
                family(node, plain, path);
            } else {
                scalar(node, plain, path);
            }
        }
    }

    private void list(JsonNode node, Type element, String path) {
        if (!node.isArray()) {
            problem(path, "must be a list, is " + describe(node));
            return;
        }
        var array = (ArrayNode) node;
        for (int i = 0; i < array.size(); i++) {
            number(array.get(i), element).ifPresent(replaceAt(array, i));
            value(array.get(i), element, path + "[" + i + "]");
        }
    }

    private static Consumer<JsonNode> replaceAt(ArrayNode array, int index) {
        return number -> array.set(index, number);
    }

    private void family(JsonNode node, Class<?> family, String path) {
        var names = subtypes(family).map(Class::getSimpleName).toList();
        if (!node.isObject()) {
            problem(path, "must be a map with a type, is " + describe(node));
            return;
        }
        var name = node.path(TYPE).asString("");
        var subtype = subtypes(family)
                .filter(candidate -> candidate.getSimpleName().equals(name))
                .findFirst();
        if (subtype.isPresent()) {
            record(node, subtype.get(), path);
        } else if (name.isEmpty()) {
            problem(join(path, TYPE), "missing; one of " + String.join(", ", names));
        } else {
            problem(join(path, TYPE), "unknown type " + name + suggestion(name, names));
        }
    }

    private void record(JsonNode node, Class<?> type, String path) {
        if (!node.isObject()) {
            problem(path, "must be a map, is " + describe(node));
            return;
        }
        int before = problems.size();
        var object = (ObjectNode) node;
        unknownKeys(object, type, path);
        for (var component : type.getRecordComponents()) {
            component(object, component, path);
        }
        if (problems.size() == before) {
            acceptable(object, type, path);
        }
    }

    private void unknownKeys(ObjectNode object, Class<?> type, String path) {
        var known =
                Arrays.stream(type.getRecordComponents()).map(SpecCheck::key).toList();
        for (var key : object.propertyNames()) {
            if (!known.contains(key) && !key.equals(TYPE)) {
                problem(join(path, key), "unknown key" + suggestion(key, known));
            }
        }
    }

    private void component(ObjectNode object, RecordComponent component, String path) {
        var key = key(component);
        var child = object.get(key);
        var childPath = join(path, key);
        if (child == null || child.isNull()) {
            if (!component.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
                problem(childPath, "missing");
            }
            return;
        }
        number(child, component.getGenericType()).ifPresent(number -> object.set(key, number));
        value(object.path(key), component.getGenericType(), childPath);
    }

    /** The record itself has the last word on its values. */
    private void acceptable(ObjectNode object, Class<?> type, String path) {
        try {
            Formats.YAML.treeToValue(object, type);
        } catch (DatabindException e) {
            problem(
                    path,
                    e.getCause() instanceof IllegalArgumentException refused
                            ? String.valueOf(refused.getMessage())
                            : e.getOriginalMessage());
        }
    }

    private void scalar(JsonNode node, Class<?> type, String path) {
        if (type == String.class) {
            expect(node.isString(), "text", node, path);
        } else if (type == boolean.class || type == Boolean.class) {
            expect(node.isBoolean(), "true or false", node, path);
        } else if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
            expect(node.isIntegralNumber() && node.canConvertToLong(), "a whole number", node, path);
        } else if (isReal(type)) {
            expect(node.isNumber() && Double.isFinite(node.asDouble()), "a number", node, path);
        } else if (type.isEnum()) {
            var allowed = Arrays.stream(type.getEnumConstants())
                    .map(value -> ((Enum<?>) value).name().toLowerCase(Locale.ROOT))
                    .toList();
            var given = node.asString("");
            if (!allowed.contains(given)) {
                problem(
                        path,
                        "must be " + String.join(" or ", allowed) + ", is " + describe(node)
                                + suggestion(given, allowed));
            }
        }
    }

    private void expect(boolean met, String what, JsonNode node, String path) {
        if (!met) {
            problem(path, "must be " + what + ", is " + describe(node));
        }
    }

    /** YAML reads {@code 1e-4} as text, for want of a point; everybody means the number. */
    private static Optional<JsonNode> number(JsonNode node, Type type) {
        if (node.isString() && isReal(type)) {
            try {
                return Optional.of(DoubleNode.valueOf(Double.parseDouble(node.asString())));
            } catch (NumberFormatException _) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    private static boolean isReal(Type type) {
        return type == double.class || type == Double.class || type == float.class || type == Float.class;
    }

    private static Stream<Class<?>> subtypes(Class<?> family) {
        var permitted = family.getPermittedSubclasses();
        return permitted == null ? Stream.of(family) : Arrays.stream(permitted).flatMap(SpecCheck::subtypes);
    }

    private static String suggestion(String word, List<String> known) {
        var nearest = known.stream()
                .filter(candidate -> distance(word, candidate) <= Math.max(2, candidate.length() / 3))
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
        return nearest.map(name -> ", did you mean " + name + "?")
                .orElse("; known: " + known.stream().collect(joining(", ")));
    }

    /** Edits that turn one word into the other; two letters changing places are one (Damerau 1964). */
    static int distance(String a, String b) {
        var d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                boolean same = a.charAt(i - 1) == b.charAt(j - 1);
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + (same ? 0 : 1));
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }

    /** {@code learningRate} is {@code learning_rate} in a spec. */
    private static String key(RecordComponent component) {
        return component.getName().replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
    }

    private void problem(String path, String what) {
        problems.add(path.isEmpty() ? what : path + ": " + what);
    }

    private static String join(String path, String key) {
        return path.isEmpty() ? key : path + "." + key;
    }

    private static String describe(JsonNode node) {
        if (node.isObject()) {
            return "a map";
        }
        if (node.isArray()) {
            return "a list";
        }
        var text = node.asString("");
        return text.length() > 40 ? text.substring(0, 40) + "…" : text.isEmpty() ? "empty" : text;
    }
}
