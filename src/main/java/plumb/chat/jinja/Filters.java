package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What can follow a bar. */
final class Filters {
    private final Budget budget;
    private final Values values;
    private final Methods methods;

    Filters(Budget budget, Values values, Methods methods) {
        this.budget = budget;
        this.values = values;
        this.methods = methods;
    }

    Object apply(String name, Object value, List<Object> places, Map<String, Object> names) {
        return switch (name) {
            case "default", "d" -> otherwise(value, places, names);
            case "tojson" -> Json.of(value, indent(places, names), budget);
            case "length", "count" -> Values.length(value);
            case "string" -> values.text(value);
            case "safe" -> value;
            case "int" -> whole(value);
            case "float" -> value instanceof String s ? Double.parseDouble(s.strip()) : Values.number(value);
            case "abs" -> value instanceof Long n ? Math.absExact(n) : (Object) Math.abs(Values.number(value));
            case "items" -> value instanceof Map<?, ?> map ? Methods.pairs(map) : List.of();
            case "dictsort" -> sortedPairs(value);
            case "trim", "upper", "lower", "title", "capitalize", "replace", "indent" ->
                ofText(name, budget.paid(values.text(value)), places);
            default -> ofItems(name, value, places, names);
        };
    }

    private Object ofText(String name, String text, List<Object> places) {
        return switch (name) {
            case "trim" -> Methods.strip(text, places, true, true);
            case "upper" -> text.toUpperCase(Locale.ROOT);
            case "lower" -> text.toLowerCase(Locale.ROOT);
            case "title" -> title(text);
            case "capitalize" -> Methods.capitalize(text);
            case "replace" -> methods.replace(text, places);
            default -> {
                int width = places.isEmpty() ? 4 : Values.integer(places.getFirst());
                yield indented(text, " ".repeat(Math.clamp(width, 0, 64)));
            }
        };
    }

    /** Unlike the string method of this name, an apostrophe does not end a word. */
    private static String title(String text) {
        var title = new StringBuilder();
        boolean inWord = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            title.append(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
            inWord = !Character.isWhitespace(c) && "-({[<".indexOf(c) < 0;
        }
        return title.toString();
    }

    /** All lines but the first and the empty ones. */
    private String indented(String text, String indent) {
        var lines = new ArrayList<>(List.of(text.split("\n", -1)));
        for (int i = 1; i < lines.size(); i++) {
            budget.spend(indent.length() + 1);
            lines.set(i, lines.get(i).isEmpty() ? "" : indent + lines.get(i));
        }
        return String.join("\n", lines);
    }

    private Object ofItems(String name, Object value, List<Object> places, Map<String, Object> names) {
        var items = values.items(value);
        return switch (name) {
            case "first" -> items.isEmpty() ? Nothing.UNDEFINED : items.getFirst();
            case "last" -> items.isEmpty() ? Nothing.UNDEFINED : items.getLast();
            case "list" -> items;
            case "reverse" ->
                value instanceof String s ? new StringBuilder(s).reverse().toString() : items.reversed();
            case "unique" -> new ArrayList<>(new LinkedHashSet<>(items));
            case "sort" -> items.stream().sorted(Values::compare).toList();
            case "join" -> methods.join(places.isEmpty() ? "" : Values.string(places.getFirst()), items);
            case "selectattr" -> chosen(items, places, true);
            case "rejectattr" -> chosen(items, places, false);
            case "select" -> items.stream().filter(item -> passes(item, places)).toList();
            case "reject" ->
                items.stream().filter(item -> !passes(item, places)).toList();
            case "map" ->
                items.stream().map(item -> mapped(item, places, names)).toList();
            default -> throw new IllegalArgumentException("the filter '" + name + "' is not supported");
        };
    }

    private static Object otherwise(Object value, List<Object> places, Map<String, Object> names) {
        var fallback = places.isEmpty() ? names.getOrDefault("default_value", "") : places.getFirst();
        var alsoFalse = places.size() > 1 ? places.get(1) : names.getOrDefault("boolean", false);
        return value == Nothing.UNDEFINED || (Values.truth(alsoFalse) && !Values.truth(value)) ? fallback : value;
    }

    private static int indent(List<Object> places, Map<String, Object> names) {
        var indent = names.getOrDefault("indent", places.isEmpty() ? Nothing.NONE : places.getFirst());
        return indent == Nothing.NONE ? -1 : Values.integer(indent);
    }

    private static Object whole(Object value) {
        try {
            return value instanceof String s ? Long.parseLong(s.strip()) : (long) Values.number(value);
        } catch (IllegalArgumentException e) {
            return 0L; // as Jinja: what is no number counts as 0
        }
    }

    private static List<Object> sortedPairs(Object value) {
        if (!(value instanceof Map<?, ?> map)) {
            throw new IllegalArgumentException("dictsort needs a mapping, got " + Values.typeOf(value));
        }
        var pairs = Methods.pairs(map);
        pairs.sort((a, b) ->
                String.valueOf(((List<?>) a).getFirst()).compareToIgnoreCase(String.valueOf(((List<?>) b).getFirst())));
        return pairs;
    }

    private static List<Object> chosen(List<Object> items, List<Object> places, boolean keep) {
        var field = Values.string(places.getFirst());
        var test = places.subList(1, places.size());
        return items.stream()
                .filter(item -> passes(field(item, field), test) == keep)
                .toList();
    }

    private static boolean passes(Object item, List<Object> test) {
        return test.isEmpty()
                ? Values.truth(item)
                : Tests.holds(Values.string(test.getFirst()), item, test.subList(1, test.size()));
    }

    private Object mapped(Object item, List<Object> places, Map<String, Object> names) {
        var attribute = names.get("attribute");
        if (attribute != null) {
            return field(item, Values.string(attribute));
        }
        return apply(Values.string(places.getFirst()), item, places.subList(1, places.size()), Map.of());
    }

    private static Object field(Object item, String path) {
        Object value = item;
        for (var name : path.split("\\.", -1)) {
            var found = value instanceof Map<?, ?> map ? map.get(name) : null;
            value = found == null ? Nothing.UNDEFINED : found;
        }
        return value;
    }
}
