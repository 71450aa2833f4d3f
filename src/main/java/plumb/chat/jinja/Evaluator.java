package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import plumb.chat.jinja.Expression.Arguments;

/** Expressions to values. */
final class Evaluator {
    private static final int DEEPEST = 200;

    private final Budget budget;
    private final Values values;
    private final Operators operators;
    private final Methods methods;
    private final Filters filters;
    private int depth;

    Evaluator(Budget budget) {
        this.budget = budget;
        this.values = new Values(budget);
        this.operators = new Operators(budget, values);
        this.methods = new Methods(budget, values);
        this.filters = new Filters(budget, values, methods);
    }

    Values values() {
        return values;
    }

    Object of(Expression expression, Scope scope) {
        budget.spend(1);
        if (++depth > DEEPEST) {
            throw new IllegalStateException("expressions or macros are nested deeper than " + DEEPEST);
        }
        try {
            return value(expression, scope);
        } finally {
            depth--;
        }
    }

    private Object value(Expression expression, Scope scope) {
        return switch (expression) {
            case Expression.Literal(var value) -> value;
            case Expression.Name(var name) -> scope.get(name);
            case Expression.ListOf(var items) -> all(items, scope);
            case Expression.MapOf(var keys, var items) -> map(all(keys, scope), all(items, scope));
            case Expression.Attribute(var of, var name) -> attribute(of(of, scope), name, of);
            case Expression.Index(var of, var key) -> index(of(of, scope), of(key, scope), of);
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call(var callee, var arguments) -> call(callee, arguments, scope);
            case Expression.Filter(var of, var name, var arguments) ->
                filters.apply(name, of(of, scope), all(arguments.places(), scope), named(arguments, scope));
            case Expression.Test(var of, var name, var arguments) ->
                Tests.holds(name, of(of, scope), all(arguments.places(), scope));
            case Expression.Unary(var operator, var of) -> unary(operator, of(of, scope));
            case Expression.Binary binary -> binary(binary, scope);
            case Expression.Comparison comparison -> comparison(comparison, scope);
            case Expression.Conditional(var then, var condition, var otherwise) ->
                Values.truth(of(condition, scope))
                        ? of(then, scope)
                        : otherwise.isPresent() ? of(otherwise.get(), scope) : Nothing.UNDEFINED;
        };
    }

    private List<Object> all(List<Expression> expressions, Scope scope) {
        var all = new ArrayList<Object>(expressions.size());
        for (var expression : expressions) {
            all.add(of(expression, scope));
        }
        return all;
    }

    private Map<String, Object> named(Arguments arguments, Scope scope) {
        var named = new LinkedHashMap<String, Object>();
        arguments.names().forEach((name, value) -> named.put(name, of(value, scope)));
        return named;
    }

    private static Map<Object, Object> map(List<Object> keys, List<Object> items) {
        var map = new LinkedHashMap<Object, Object>();
        for (int i = 0; i < keys.size(); i++) {
            map.put(keys.get(i), items.get(i));
        }
        return map;
    }

    private Object attribute(Object of, String name, Expression written) {
        if (of == Nothing.UNDEFINED) {
            throw new IllegalArgumentException(described(written) + " is undefined, so it has no '" + name + "'");
        }
        var method = methods.of(of, name);
        return method.isPresent() ? method.get() : field(of, name);
    }

    private Object index(Object of, Object key, Expression written) {
        if (of == Nothing.UNDEFINED) {
            throw new IllegalArgumentException(described(written) + " is undefined, so it has no [" + key + "]");
        }
        if (key instanceof Long && (of instanceof List<?> || of instanceof String)) {
            return operators.at(of, Values.integer(key));
        }
        var found = field(of, key);
        return found == Nothing.UNDEFINED && key instanceof String name
                ? methods.of(of, name).<Object>map(m -> m).orElse(found)
                : found;
    }

    private static Object field(Object of, Object key) {
        var found = switch (of) {
            case Map<?, ?> map -> map.get(key);
            case Namespace namespace
            when key instanceof String -> namespace.fields().get(key);
            default -> null;
        };
        return found == null ? Nothing.UNDEFINED : found;
    }

    private Object slice(Expression.Slice slice, Scope scope) {
        return operators.slice(
                of(slice.of(), scope),
                slice.start().map(e -> of(e, scope)).orElse(Nothing.NONE),
                slice.stop().map(e -> of(e, scope)).orElse(Nothing.NONE),
                slice.step().map(e -> of(e, scope)).orElse(Nothing.NONE));
    }

    private Object call(Expression callee, Arguments arguments, Scope scope) {
        if (of(callee, scope) instanceof Callable callable) {
            return callable.call(all(arguments.places(), scope), named(arguments, scope));
        }
        if (callee instanceof Expression.Name(var name) && name.equals("strftime_now")) {
            throw new IllegalArgumentException(
                    "the template asks for today's date (strftime_now); a prompt that changes from day to day is not"
                            + " reproducible, so write the date into the template");
        }
        throw new IllegalArgumentException(described(callee) + " is no function this version knows");
    }

    private static Object unary(String operator, Object value) {
        return switch (operator) {
            case "not" -> !Values.truth(value);
            case "-" -> value instanceof Long n ? Math.negateExact(n) : (Object) (-Values.number(value));
            default -> value;
        };
    }

    private Object binary(Expression.Binary binary, Scope scope) {
        var left = of(binary.left(), scope);
        return switch (binary.operator()) {
            case "and" -> Values.truth(left) ? of(binary.right(), scope) : left;
            case "or" -> Values.truth(left) ? left : of(binary.right(), scope);
            default -> operators.binary(binary.operator(), left, of(binary.right(), scope));
        };
    }

    private boolean comparison(Expression.Comparison comparison, Scope scope) {
        var left = of(comparison.first(), scope);
        for (int i = 0; i < comparison.operators().size(); i++) {
            var right = of(comparison.others().get(i), scope);
            if (!Operators.compare(comparison.operators().get(i), left, right)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private static String described(Expression expression) {
        return switch (expression) {
            case Expression.Name(var name) -> "'" + name + "'";
            case Expression.Attribute attribute -> "'" + attribute.name() + "'";
            default -> "this value";
        };
    }
}
