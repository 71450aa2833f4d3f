package plumb.chat.jinja;

import java.util.List;
import java.util.Optional;

/** A piece of a parsed template. */
sealed interface Node {
    /** Where it begins, for error messages. */
    int line();

    record Text(String text, int line) implements Node {}

    record Output(Expression value, int line) implements Node {}

    record If(List<Branch> branches, List<Node> otherwise, int line) implements Node {}

    record Branch(Expression condition, List<Node> body) {}

    record For(List<String> targets, Expression items, Optional<Expression> only, Body body, int line)
            implements Node {}

    record Body(List<Node> each, List<Node> whenEmpty) {}

    /** {@code set a = …}, {@code set a, b = …}. */
    record Assign(List<String> targets, Expression value, int line) implements Node {}

    /** {@code set namespace.field = …}. */
    record AssignField(String namespace, String field, Expression value, int line) implements Node {}

    /** {@code set a} … {@code endset}. */
    record Capture(String target, List<Node> body, int line) implements Node {}

    record Generation(List<Node> body, int line) implements Node {}

    record Macro(String name, List<Parameter> parameters, List<Node> body, int line) implements Node {}

    record Parameter(String name, Optional<Expression> otherwise) {}

    record Break(int line) implements Node {}

    record Continue(int line) implements Node {}
}
