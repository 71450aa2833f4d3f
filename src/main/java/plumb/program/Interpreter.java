package plumb.program;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import plumb.program.Expression.Binary;
import plumb.program.Expression.Call;
import plumb.program.Expression.Definition;
import plumb.program.Expression.Literal;
import plumb.program.Expression.Name;
import plumb.program.Expression.Statement;

/** Runs statements in one world of functions. Every run ends: steps and depth are counted, numbers do not overflow. */
final class Interpreter {
    private static final int STEPS = 10_000;
    private static final int DEEPEST = 60;

    private final Map<String, Definition> functions = new HashMap<>();
    private int steps;
    private int depth;

    /** {@code exit(status)}: the process is over. */
    static final class Exit extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final long status;

        private Exit(long status) {
            super("exit", null, false, false);
            this.status = status;
        }

        long status() {
            return status;
        }
    }

    void run(List<Statement> program) {
        for (var statement : program) {
            switch (statement) {
                case Statement.Define define ->
                    functions.put(define.definition().name(), define.definition());
                case Statement.Do action -> value(action.expression(), Map.of());
            }
        }
    }

    boolean defines(String function) {
        return functions.containsKey(function);
    }

    Value call(String name, List<Value> arguments) {
        var function = functions.get(name);
        return function != null ? apply(function, arguments) : builtIn(name, arguments);
    }

    private Value apply(Definition function, List<Value> arguments) {
        if (function.parameters().size() != arguments.size()) {
            throw new ProgramError(
                    function.name() + " takes " + function.parameters().size() + " arguments, got " + arguments.size());
        }
        var names = new HashMap<String, Value>();
        for (int i = 0; i < arguments.size(); i++) {
            names.put(function.parameters().get(i), arguments.get(i));
        }
        if (depth >= DEEPEST) {
            throw new ProgramError("called too deeply");
        }
        depth++;
        try {
            return value(function.body(), names);
        } finally {
            depth--;
        }
    }

    private static Value builtIn(String name, List<Value> arguments) {
        return switch (name) {
            case "max" -> new Value.Whole(Math.max(number(arguments, 0), number(arguments, 1)));
            case "min" -> new Value.Whole(Math.min(number(arguments, 0), number(arguments, 1)));
            case "exit" -> throw new Exit(number(arguments, 0));
            default -> throw new ProgramError("there is no function " + name);
        };
    }

    private static long number(List<Value> arguments, int index) {
        if (index >= arguments.size()) {
            throw new ProgramError("an argument is missing");
        }
        return number(arguments.get(index));
    }

    private static long number(Value value) {
        if (value instanceof Value.Whole whole) {
            return whole.number();
        }
        throw new ProgramError("a number is needed");
    }

    private Value value(Expression expression, Map<String, Value> names) {
        if (++steps > STEPS) {
            throw new ProgramError("took more than " + STEPS + " steps");
        }
        return switch (expression) {
            case Literal literal -> literal.value();
            case Name name -> {
                var value = names.get(name.name());
                if (value == null) {
                    throw new ProgramError("there is no " + name.name());
                }
                yield value;
            }
            case Call call ->
                call(
                        call.name(),
                        call.arguments().stream().map(a -> value(a, names)).toList());
            case Binary binary -> binary(binary.operator(), value(binary.left(), names), value(binary.right(), names));
            case Expression.Thing thing -> {
                var methods = new TreeMap<String, Definition>();
                thing.methods().forEach(method -> methods.put(method.name(), method));
                yield new Value.Thing(methods);
            }
        };
    }

    private Value binary(String operator, Value left, Value right) {
        if (operator.equals("==")) {
            return new Value.Truth(equal(left, right));
        }
        long a = number(left);
        long b = number(right);
        try {
            return switch (operator) {
                case "+" -> new Value.Whole(Math.addExact(a, b));
                case "-" -> new Value.Whole(Math.subtractExact(a, b));
                case "*" -> new Value.Whole(Math.multiplyExact(a, b));
                case "<" -> new Value.Truth(a < b);
                default -> new Value.Truth(a > b);
            };
        } catch (ArithmeticException e) {
            throw new ProgramError("a number became too large");
        }
    }

    /** As the language has it: a thing on the left decides for itself. */
    boolean equal(Value left, Value right) {
        var equals = left instanceof Value.Thing thing ? thing.methods().get("equals") : null;
        return equals == null
                ? left.equals(right)
                : apply(equals, List.of(right)) instanceof Value.Truth truth && truth.holds();
    }
}
