package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Arithmetic, joining and slicing, with Python's results. */
final class Operators {
    private final Budget budget;
    private final Values values;

    Operators(Budget budget, Values values) {
        this.budget = budget;
        this.values = values;
    }

    Object binary(String operator, Object left, Object right) {
        if (operator.equals("~")) {
            return concatenated(values.text(left), values.text(right));
        }
        if (operator.equals("+") && left instanceof String a && right instanceof String b) {
            return concatenated(a, b);
        }
        if (operator.equals("+") && left instanceof List<?> a && right instanceof List<?> b) {
            budget.spend((long) a.size() + b.size());
            var joined = new ArrayList<Object>(a);
            joined.addAll(b);
            return joined;
        }
        if (operator.equals("*") && left instanceof String text && right instanceof Long times) {
            budget.spend(Math.multiplyExact(Math.max(0, times), text.length()));
            return text.repeat(Math.toIntExact(Math.max(0, times)));
        }
        if (!Values.isNumber(left) || !Values.isNumber(right)) {
            throw new IllegalArgumentException(
                    "'" + operator + "' does not work on " + Values.typeOf(left) + " and " + Values.typeOf(right));
        }
        return left instanceof Double || right instanceof Double || operator.equals("/")
                ? decimal(operator, Values.number(left), Values.number(right))
                : whole(operator, Values.integer(left), Values.integer(right));
    }

    static boolean compare(String operator, Object left, Object right) {
        return switch (operator) {
            case "==" -> Values.equal(left, right);
            case "!=" -> !Values.equal(left, right);
            case "<" -> Values.compare(left, right) < 0;
            case "<=" -> Values.compare(left, right) <= 0;
            case ">" -> Values.compare(left, right) > 0;
            case ">=" -> Values.compare(left, right) >= 0;
            case "in" -> Values.contains(right, left);
            case "not in" -> !Values.contains(right, left);
            default -> throw new IllegalArgumentException("unknown comparison " + operator);
        };
    }

    /** The element at {@code key}, from the end if negative; undefined outside. */
    Object at(Object of, int key) {
        long length = Values.length(of);
        long index = key < 0 ? key + length : key;
        if (index < 0 || index >= length) {
            return Nothing.UNDEFINED;
        }
        return of instanceof List<?> list
                ? list.get((int) index)
                : values.items(of).get((int) index);
    }

    /** {@code of[start:stop:step]} on a list or string. */
    Object slice(Object of, Object start, Object stop, Object step) {
        if (!(of instanceof List<?>) && !(of instanceof String)) {
            throw new IllegalArgumentException(Values.typeOf(of) + " cannot be sliced");
        }
        var items = values.items(of);
        int by = step instanceof Nothing ? 1 : Values.integer(step);
        if (by == 0) {
            throw new IllegalArgumentException("a slice needs a step other than 0");
        }
        int length = items.size();
        int from = bound(start, by > 0 ? 0 : length - 1, length, by);
        int to = bound(stop, by > 0 ? length : -1, length, by);
        var taken = new ArrayList<Object>();
        for (long i = from; by > 0 ? i < to : i > to; i += by) {
            taken.add(items.get((int) i));
        }
        return of instanceof String
                ? String.join("", taken.stream().map(Values::string).toList())
                : taken;
    }

    private static int bound(Object value, int otherwise, int length, int by) {
        if (value instanceof Nothing) {
            return otherwise;
        }
        int bound = Values.integer(value);
        bound = bound < 0 ? bound + length : bound;
        return by > 0 ? Math.clamp(bound, 0, length) : Math.clamp(bound, -1, length - 1);
    }

    private String concatenated(String a, String b) {
        budget.spend((long) a.length() + b.length());
        return a + b;
    }

    private static Object whole(String operator, long a, long b) {
        if (b == 0 && (operator.equals("//") || operator.equals("%"))) {
            throw new IllegalArgumentException("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "//" -> Math.floorDiv(a, b);
            case "%" -> Math.floorMod(a, b);
            case "**" -> Math.powExact(a, Math.toIntExact(b));
            default -> throw new IllegalArgumentException("unknown operator " + operator);
        };
    }

    private static Object decimal(String operator, double a, double b) {
        if (b == 0 && "//%".contains(operator)) {
            throw new IllegalArgumentException("division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / b;
            case "//" -> Math.floor(a / b);
            case "%" -> a - b * Math.floor(a / b);
            case "**" -> Math.pow(a, b);
            default -> throw new IllegalArgumentException("unknown operator " + operator);
        };
    }
}
