package plumb.chat.jinja;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Template values and how Python sees them. A value is a {@link String}, {@link Boolean}, {@link Long}, {@link Double},
 * {@link List}, {@link Map}, {@link Namespace}, {@link Callable} or {@link Nothing}.
 */
final class Values {
    private final Budget budget;

    Values(Budget budget) {
        this.budget = budget;
    }

    static boolean truth(Object value) {
        return switch (value) {
            case Nothing _ -> false;
            case Boolean b -> b;
            case Long n -> n != 0;
            case Double d -> d != 0;
            case String s -> !s.isEmpty();
            case List<?> list -> !list.isEmpty();
            case Map<?, ?> map -> !map.isEmpty();
            default -> true;
        };
    }

    static String typeOf(Object value) {
        return switch (value) {
            case Nothing n -> n == Nothing.NONE ? "none" : "an undefined value";
            case Boolean _ -> "a boolean";
            case Long _, Double _ -> "a number";
            case String _ -> "a string";
            case List<?> _ -> "a list";
            case Map<?, ?> _ -> "a mapping";
            case Namespace _ -> "a namespace";
            default -> "a function";
        };
    }

    /** As {@code str()}. */
    String text(Object value) {
        return switch (value) {
            case String s -> s;
            case Nothing n -> n == Nothing.NONE ? "None" : "";
            default -> {
                var text = new StringBuilder();
                repr(value, text);
                yield text.toString();
            }
        };
    }

    private void repr(Object value, StringBuilder text) {
        budget.spend(1);
        switch (value) {
            case String s -> text.append(quoted(s));
            case Boolean b -> text.append(b ? "True" : "False");
            case Double d -> text.append(decimal(d));
            case List<?> list -> {
                text.append('[');
                for (int i = 0; i < list.size(); i++) {
                    text.append(i == 0 ? "" : ", ");
                    repr(list.get(i), text);
                }
                text.append(']');
            }
            case Map<?, ?> map -> {
                text.append('{');
                map.forEach((key, item) -> {
                    text.append(text.charAt(text.length() - 1) == '{' ? "" : ", ");
                    repr(key, text);
                    text.append(": ");
                    repr(item, text);
                });
                text.append('}');
            }
            case Nothing n -> text.append(n == Nothing.NONE ? "None" : "Undefined");
            case Long n -> text.append(n);
            default -> throw new IllegalArgumentException(typeOf(value) + " cannot be written as text");
        }
    }

    private String quoted(String s) {
        char quote = s.indexOf('\'') >= 0 && s.indexOf('"') < 0 ? '"' : '\'';
        var escaped = budget.paid(s).replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
        escaped = escaped.replace("\t", "\\t");
        return quote + (quote == '\'' ? escaped.replace("'", "\\'") : escaped) + quote;
    }

    /** As {@code repr()} of a float. */
    static String decimal(double d) {
        if (d == Math.rint(d) && Math.abs(d) < 1e16) {
            return (long) d + ".0";
        }
        if (Math.abs(d) >= 1e-4 && Math.abs(d) < 1e16) {
            return new BigDecimal(Double.toString(d)).toPlainString();
        }
        return Double.toString(d)
                .replace(".0E", "E")
                .replaceFirst("E(-?)(\\d)$", "E$10$2")
                .replaceFirst("E(\\d)", "e+$1")
                .replace("E-", "e-");
    }

    /** What a loop or filter runs over; nothing for an undefined value. */
    List<Object> items(Object value) {
        var items = switch (value) {
            case List<?> list -> new ArrayList<Object>(list);
            case Map<?, ?> map -> new ArrayList<Object>(map.keySet());
            case String s ->
                new ArrayList<Object>(
                        s.codePoints().mapToObj(Character::toString).toList());
            case Nothing n when n == Nothing.UNDEFINED -> new ArrayList<Object>();
            default -> throw new IllegalArgumentException(typeOf(value) + " cannot be iterated over");
        };
        budget.spend(items.size());
        return items;
    }

    static long length(Object value) {
        return switch (value) {
            case List<?> list -> list.size();
            case Map<?, ?> map -> map.size();
            case String s -> s.codePointCount(0, s.length());
            case Nothing n when n == Nothing.UNDEFINED -> 0;
            default -> throw new IllegalArgumentException(typeOf(value) + " has no length");
        };
    }

    static boolean equal(Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return number(a) == number(b);
        }
        return a.equals(b);
    }

    static int compare(Object a, Object b) {
        if (isNumber(a) && isNumber(b)) {
            return Double.compare(number(a), number(b));
        }
        if (a instanceof String s && b instanceof String t) {
            return s.compareTo(t);
        }
        throw new IllegalArgumentException(typeOf(a) + " and " + typeOf(b) + " have no order");
    }

    /** As the operator {@code in}. */
    static boolean contains(Object collection, Object item) {
        return switch (collection) {
            case String s when item instanceof String part -> s.contains(part);
            case Map<?, ?> map -> map.containsKey(item);
            case List<?> list -> list.stream().anyMatch(other -> equal(other, item));
            case Nothing n when n == Nothing.UNDEFINED -> false;
            default ->
                throw new IllegalArgumentException("cannot look for " + typeOf(item) + " in " + typeOf(collection));
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean;
    }

    static double number(Object value) {
        return switch (value) {
            case Long n -> n;
            case Double d -> d;
            case Boolean b -> b ? 1 : 0;
            default -> throw new IllegalArgumentException("expected a number, got " + typeOf(value));
        };
    }

    static int integer(Object value) {
        return switch (value) {
            case Long n -> Math.toIntExact(n);
            case Boolean b -> b ? 1 : 0;
            default -> throw new IllegalArgumentException("expected a whole number, got " + typeOf(value));
        };
    }

    static String string(Object value) {
        if (value instanceof String s) {
            return s;
        }
        throw new IllegalArgumentException("expected a string, got " + typeOf(value));
    }
}
