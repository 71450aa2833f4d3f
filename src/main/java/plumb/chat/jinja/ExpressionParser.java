package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import plumb.chat.jinja.Expression.Arguments;

/** Expressions by recursive descent, loosest binding first; each method names the level it reads. */
final class ExpressionParser {
    private static final int DEEPEST = 100;
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=", "in");
    private static final Set<String> NO_TEST_ARGUMENT = Set.of("else", "or", "and", "is", "if", "in", "not");
    private static final Map<String, Object> CONSTANTS = Map.of(
            "true", true, "True", true, "false", false, "False", false, "none", Nothing.NONE, "None", Nothing.NONE);

    private final Tokens tokens;
    private int depth;

    ExpressionParser(Tokens tokens) {
        this.tokens = tokens;
    }

    /** One expression, or several separated by commas as a list. */
    Expression tuple() {
        var first = expression();
        if (!tokens.peek().is(",")) {
            return first;
        }
        var items = new ArrayList<>(List.of(first));
        while (tokens.takeIf(",")) {
            items.add(expression());
        }
        return new Expression.ListOf(items);
    }

    Expression expression() {
        var value = or();
        while (tokens.takeIf("if")) {
            var condition = or();
            value = new Expression.Conditional(
                    value, condition, tokens.takeIf("else") ? Optional.of(nested(this::expression)) : Optional.empty());
        }
        return value;
    }

    /** Without a trailing {@code if}: what a loop runs over. */
    Expression or() {
        var left = and();
        while (tokens.takeIf("or")) {
            left = new Expression.Binary("or", left, and());
        }
        return left;
    }

    private Expression and() {
        var left = not();
        while (tokens.takeIf("and")) {
            left = new Expression.Binary("and", left, not());
        }
        return left;
    }

    private Expression not() {
        if (tokens.takeIf("not")) {
            return new Expression.Unary("not", nested(this::not));
        }
        return comparison();
    }

    private Expression comparison() {
        var first = sum();
        var operators = new ArrayList<String>();
        var others = new ArrayList<Expression>();
        while (true) {
            boolean notIn = tokens.peek().is("not") && tokens.peekSecond().is("in");
            if (notIn) {
                tokens.take();
            }
            if (!COMPARISONS.contains(tokens.peek().value()) || tokens.peek().kind() == Token.Kind.STRING) {
                return operators.isEmpty() ? first : new Expression.Comparison(first, operators, others);
            }
            operators.add((notIn ? "not " : "") + tokens.take().value());
            others.add(sum());
        }
    }

    private Expression sum() {
        var left = concatenation();
        while (tokens.peek().is("+") || tokens.peek().is("-")) {
            left = new Expression.Binary(tokens.take().value(), left, concatenation());
        }
        return left;
    }

    private Expression concatenation() {
        var left = product();
        while (tokens.takeIf("~")) {
            left = new Expression.Binary("~", left, product());
        }
        return left;
    }

    private Expression product() {
        var left = power();
        while (Set.of("*", "/", "//", "%").contains(tokens.peek().value())
                && tokens.peek().kind() == Token.Kind.SYMBOL) {
            left = new Expression.Binary(tokens.take().value(), left, power());
        }
        return left;
    }

    private Expression power() {
        var left = unary();
        while (tokens.takeIf("**")) {
            left = new Expression.Binary("**", left, unary());
        }
        return left;
    }

    private Expression unary() {
        if (tokens.peek().is("-") || tokens.peek().is("+")) {
            var operator = tokens.take().value();
            return filtersAndTests(new Expression.Unary(operator, nested(() -> postfix(primary()))));
        }
        return filtersAndTests(postfix(primary()));
    }

    private Expression primary() {
        var token = tokens.take();
        return switch (token.kind()) {
            case NAME ->
                CONSTANTS.containsKey(token.value())
                        ? new Expression.Literal(CONSTANTS.get(token.value()))
                        : new Expression.Name(token.value());
            case STRING -> new Expression.Literal(strings(token.value()));
            case INTEGER -> new Expression.Literal(integer(token));
            case DECIMAL -> new Expression.Literal(Double.parseDouble(token.value()));
            case SYMBOL -> bracketed(token);
            case END -> throw new TemplateException(token.line(), "the tag ends where a value was expected");
        };
    }

    private String strings(String first) {
        var text = new StringBuilder(first);
        while (tokens.peek().kind() == Token.Kind.STRING) {
            text.append(tokens.take().value());
        }
        return text.toString();
    }

    private static Object integer(Token token) {
        try {
            return Long.parseLong(token.value());
        } catch (NumberFormatException e) {
            throw new TemplateException(token.line(), "the number " + token.value() + " is too large");
        }
    }

    private Expression bracketed(Token open) {
        return switch (open.value()) {
            case "(" -> {
                if (tokens.takeIf(")")) {
                    yield new Expression.ListOf(List.of());
                }
                var inner = nested(this::expression);
                if (tokens.peek().is(",")) {
                    var items = new ArrayList<>(List.of(inner));
                    while (tokens.takeIf(",") && !tokens.peek().is(")")) {
                        items.add(nested(this::expression));
                    }
                    inner = new Expression.ListOf(items);
                }
                tokens.expect(")");
                yield inner;
            }
            case "[" -> list();
            case "{" -> map();
            default -> throw new TemplateException(open.line(), "expected a value, found '" + open.value() + "'");
        };
    }

    private Expression list() {
        var items = new ArrayList<Expression>();
        while (!tokens.takeIf("]")) {
            items.add(nested(this::expression));
            if (!tokens.peek().is("]")) {
                tokens.expect(",");
            }
        }
        return new Expression.ListOf(items);
    }

    private Expression map() {
        var keys = new ArrayList<Expression>();
        var values = new ArrayList<Expression>();
        while (!tokens.takeIf("}")) {
            keys.add(nested(this::expression));
            tokens.expect(":");
            values.add(nested(this::expression));
            if (!tokens.peek().is("}")) {
                tokens.expect(",");
            }
        }
        return new Expression.MapOf(keys, values);
    }

    private Expression postfix(Expression start) {
        var value = start;
        while (true) {
            if (tokens.takeIf(".")) {
                value = tokens.peek().kind() == Token.Kind.INTEGER
                        ? new Expression.Index(value, new Expression.Literal(integer(tokens.take())))
                        : new Expression.Attribute(value, tokens.expectName());
            } else if (tokens.takeIf("[")) {
                value = subscript(value);
            } else if (tokens.takeIf("(")) {
                value = new Expression.Call(value, arguments());
            } else {
                return value;
            }
        }
    }

    private Expression subscript(Expression of) {
        Optional<Expression> start = tokens.peek().is(":") ? Optional.empty() : Optional.of(nested(this::expression));
        if (start.isPresent() && tokens.takeIf("]")) {
            return new Expression.Index(of, start.get());
        }
        tokens.expect(":");
        var stop = bound();
        Optional<Expression> step = tokens.takeIf(":") ? bound() : Optional.empty();
        tokens.expect("]");
        return new Expression.Slice(of, start, stop, step);
    }

    private Optional<Expression> bound() {
        return tokens.peek().is(":") || tokens.peek().is("]")
                ? Optional.empty()
                : Optional.of(nested(this::expression));
    }

    /** After the opening bracket. */
    private Arguments arguments() {
        var places = new ArrayList<Expression>();
        var names = new LinkedHashMap<String, Expression>();
        while (!tokens.takeIf(")")) {
            if (tokens.peek().kind() == Token.Kind.NAME && tokens.peekSecond().is("=")) {
                var name = tokens.expectName();
                tokens.expect("=");
                names.put(name, nested(this::expression));
            } else {
                places.add(nested(this::expression));
            }
            if (!tokens.peek().is(")")) {
                tokens.expect(",");
            }
        }
        return new Arguments(places, names);
    }

    private Expression filtersAndTests(Expression start) {
        var value = start;
        while (true) {
            if (tokens.takeIf("|")) {
                var name = tokens.expectName();
                value = new Expression.Filter(value, name, tokens.takeIf("(") ? arguments() : Arguments.NONE);
                value = postfix(value);
            } else if (tokens.takeIf("is")) {
                boolean negated = tokens.takeIf("not");
                value = new Expression.Test(value, tokens.expectName(), testArguments());
                value = negated ? new Expression.Unary("not", value) : value;
            } else {
                return value;
            }
        }
    }

    private Arguments testArguments() {
        if (tokens.takeIf("(")) {
            return arguments();
        }
        var next = tokens.peek();
        boolean argument = switch (next.kind()) {
            case NAME -> !NO_TEST_ARGUMENT.contains(next.value());
            case STRING, INTEGER, DECIMAL -> true;
            case SYMBOL -> next.is("[") || next.is("{");
            case END -> false;
        };
        return argument ? new Arguments(List.of(postfix(primary())), Map.of()) : Arguments.NONE;
    }

    private interface Level {
        Expression read();
    }

    private Expression nested(Level level) {
        if (++depth > DEEPEST) {
            throw tokens.unexpected("expressions are nested deeper than " + DEEPEST);
        }
        var value = level.read();
        depth--;
        return value;
    }
}
