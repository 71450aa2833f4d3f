package plumb.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** An expression of the template language. */
sealed interface Expression {
    record Literal(Object value) implements Expression {}

    record Name(String name) implements Expression {}

    record ListOf(List<Expression> items) implements Expression {}

    record MapOf(List<Expression> keys, List<Expression> values) implements Expression {}

    record Attribute(Expression of, String name) implements Expression {}

    record Index(Expression of, Expression key) implements Expression {}

    record Slice(Expression of, Optional<Expression> start, Optional<Expression> stop, Optional<Expression> step)
            implements Expression {}

    record Call(Expression callee, Arguments arguments) implements Expression {}

    record Filter(Expression of, String name, Arguments arguments) implements Expression {}

    record Test(Expression of, String name, Arguments arguments) implements Expression {}

    record Unary(String operator, Expression of) implements Expression {}

    record Binary(String operator, Expression left, Expression right) implements Expression {}

    /** {@code first < second <= third}: every neighbouring pair must hold. */
    record Comparison(Expression first, List<String> operators, List<Expression> others) implements Expression {}

    record Conditional(Expression then, Expression condition, Optional<Expression> otherwise) implements Expression {}

    /** Of a call: by place and by name. */
    record Arguments(List<Expression> places, Map<String, Expression> names) {
        static final Arguments NONE = new Arguments(List.of(), Map.of());
    }
}
