package plumb.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Blocks and their bodies. */
final class TemplateParser {
    private static final int DEEPEST = 100;

    private final List<Segment> segments;
    private int next;
    private int depth;

    TemplateParser(List<Segment> segments) {
        this.segments = segments;
    }

    List<Node> template() {
        var nodes = body(Set.of());
        return nodes;
    }

    /** Reads nodes up to a block of one of these names, and leaves that block unread; no names: to the end. */
    private List<Node> body(Set<String> ends) {
        if (++depth > DEEPEST) {
            throw new TemplateException(segments.get(next - 1).line(), "blocks are nested deeper than " + DEEPEST);
        }
        var nodes = new ArrayList<Node>();
        int opened = next == 0 ? 1 : segments.get(next - 1).line();
        while (next < segments.size()) {
            var segment = segments.get(next);
            if (segment.kind() == Segment.Kind.BLOCK
                    && ends.contains(new Tokens(segment).peek().value())) {
                depth--;
                return nodes;
            }
            next++;
            nodes.add(node(segment));
        }
        if (!ends.isEmpty()) {
            throw new TemplateException(opened, "this block is never closed: no " + String.join(" or ", ends));
        }
        return nodes;
    }

    private Node node(Segment segment) {
        return switch (segment.kind()) {
            case TEXT -> new Node.Text(segment.content(), segment.line());
            case OUTPUT -> {
                var tokens = new Tokens(segment);
                var value = new ExpressionParser(tokens).tuple();
                tokens.expectEnd();
                yield new Node.Output(value, segment.line());
            }
            case BLOCK -> block(new Tokens(segment), segment.line());
        };
    }

    private Node block(Tokens tokens, int line) {
        var name = tokens.expectName();
        return switch (name) {
            case "if" -> ifBlock(tokens, line);
            case "for" -> forBlock(tokens, line);
            case "set" -> set(tokens, line);
            case "macro" -> macro(tokens, line);
            case "generation" -> {
                tokens.expectEnd();
                var body = body(Set.of("endgeneration"));
                close();
                yield new Node.Generation(body, line);
            }
            case "break" -> new Node.Break(line);
            case "continue" -> new Node.Continue(line);
            default ->
                throw new TemplateException(
                        line,
                        "the block '" + name + "' is not supported here; known are if, for, set, macro, generation,"
                                + " break, continue");
        };
    }

    private Node ifBlock(Tokens tokens, int line) {
        var branches = new ArrayList<Node.Branch>();
        var condition = whole(tokens);
        while (true) {
            branches.add(new Node.Branch(condition, body(Set.of("elif", "else", "endif"))));
            var end = close();
            if (end.peek().is("endif")) {
                return new Node.If(branches, List.of(), line);
            }
            if (end.takeIf("else")) {
                var otherwise = body(Set.of("endif"));
                close();
                return new Node.If(branches, otherwise, line);
            }
            end.expect("elif");
            condition = whole(end);
        }
    }

    private Node forBlock(Tokens tokens, int line) {
        var targets = targets(tokens);
        tokens.expect("in");
        var expressions = new ExpressionParser(tokens);
        var items = expressions.or();
        Optional<Expression> only = tokens.takeIf("if") ? Optional.of(expressions.expression()) : Optional.empty();
        tokens.expectEnd();
        var each = body(Set.of("else", "endfor"));
        List<Node> whenEmpty = List.of();
        if (close().peek().is("else")) {
            whenEmpty = body(Set.of("endfor"));
            close();
        }
        return new Node.For(targets, items, only, new Node.Body(each, whenEmpty), line);
    }

    private Node set(Tokens tokens, int line) {
        if (tokens.peekSecond().is(".")) {
            var namespace = tokens.expectName();
            tokens.expect(".");
            var field = tokens.expectName();
            tokens.expect("=");
            return new Node.AssignField(namespace, field, whole(tokens), line);
        }
        var targets = targets(tokens);
        if (tokens.takeIf("=")) {
            return new Node.Assign(targets, whole(tokens), line);
        }
        tokens.expectEnd();
        var body = body(Set.of("endset"));
        close();
        return new Node.Capture(targets.getFirst(), body, line);
    }

    private Node macro(Tokens tokens, int line) {
        var name = tokens.expectName();
        var parameters = new ArrayList<Node.Parameter>();
        tokens.expect("(");
        while (!tokens.takeIf(")")) {
            var parameter = tokens.expectName();
            parameters.add(new Node.Parameter(
                    parameter,
                    tokens.takeIf("=") ? Optional.of(new ExpressionParser(tokens).expression()) : Optional.empty()));
            if (!tokens.peek().is(")")) {
                tokens.expect(",");
            }
        }
        tokens.expectEnd();
        var body = body(Set.of("endmacro"));
        close();
        return new Node.Macro(name, parameters, body, line);
    }

    private static List<String> targets(Tokens tokens) {
        boolean bracket = tokens.takeIf("(");
        var names = new ArrayList<>(List.of(tokens.expectName()));
        while (tokens.takeIf(",")) {
            names.add(tokens.expectName());
        }
        if (bracket) {
            tokens.expect(")");
        }
        return names;
    }

    private static Expression whole(Tokens tokens) {
        var value = new ExpressionParser(tokens).tuple();
        tokens.expectEnd();
        return value;
    }

    /** Takes the block that ended a body. */
    private Tokens close() {
        return new Tokens(segments.get(next++));
    }
}
