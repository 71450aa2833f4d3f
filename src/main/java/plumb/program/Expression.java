package plumb.program;

import java.util.List;

/** What a program computes with. */
sealed interface Expression {
    record Literal(Value value) implements Expression {}

    record Name(String name) implements Expression {}

    record Call(String name, List<Expression> arguments) implements Expression {}

    /**
     * Two values joined.
     *
     * @param operator one of {@code + - * == < >}
     */
    record Binary(String operator, Expression left, Expression right) implements Expression {}

    /** A thing with methods of its own; {@code equals} is asked when it is compared. */
    record Thing(List<Definition> methods) implements Expression {}

    /** {@code name(a, b) = body} */
    record Definition(String name, List<String> parameters, Expression body) {}

    /** A line of a program: a definition, or something to be done. */
    sealed interface Statement {
        record Define(Definition definition) implements Statement {}

        record Do(Expression expression) implements Statement {}
    }
}
