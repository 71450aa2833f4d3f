package plumb.chat.jinja;

import java.util.List;
import java.util.Map;

/** What can follow {@code is}. */
final class Tests {
    private Tests() {}

    static boolean holds(String name, Object value, List<Object> places) {
        return switch (name) {
            case "defined" -> value != Nothing.UNDEFINED;
            case "undefined" -> value == Nothing.UNDEFINED;
            case "none" -> value == Nothing.NONE;
            case "string" -> value instanceof String;
            case "boolean" -> value instanceof Boolean;
            case "true" -> value.equals(true);
            case "false" -> value.equals(false);
            case "number" -> Values.isNumber(value);
            case "integer" -> value instanceof Long;
            case "float" -> value instanceof Double;
            case "mapping" -> value instanceof Map<?, ?>;
            case "sequence", "iterable" ->
                value instanceof List<?>
                        || value instanceof Map<?, ?>
                        || value instanceof String
                        || value == Nothing.UNDEFINED;
            case "callable" -> value instanceof Callable;
            case "odd" -> Math.floorMod(Values.integer(value), 2) == 1;
            case "even" -> Math.floorMod(Values.integer(value), 2) == 0;
            default -> holdsWith(name, value, places);
        };
    }

    private static boolean holdsWith(String name, Object value, List<Object> places) {
        return switch (name) {
            case "divisibleby" -> Values.integer(value) % Values.integer(other(name, places)) == 0;
            case "in" -> Values.contains(other(name, places), value);
            case "equalto", "eq", "sameas" -> Values.equal(value, other(name, places));
            case "ne" -> !Values.equal(value, other(name, places));
            case "gt", "greaterthan" -> Values.compare(value, other(name, places)) > 0;
            case "ge" -> Values.compare(value, other(name, places)) >= 0;
            case "lt", "lessthan" -> Values.compare(value, other(name, places)) < 0;
            case "le" -> Values.compare(value, other(name, places)) <= 0;
            default -> throw new IllegalArgumentException("the test 'is " + name + "' is not supported");
        };
    }

    private static Object other(String name, List<Object> places) {
        if (places.isEmpty()) {
            throw new IllegalArgumentException("the test 'is " + name + "' needs something to compare with");
        }
        return places.getFirst();
    }
}
