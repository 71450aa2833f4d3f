package plumb.program;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import plumb.program.Expression.Binary;
import plumb.program.Expression.Call;
import plumb.program.Expression.Definition;
import plumb.program.Expression.Literal;
import plumb.program.Expression.Name;
import plumb.program.Expression.Statement;

/**
 * Reads programs: statements between {@code ;} or line ends, each a definition {@code f(a, b) = a + b} or an expression of
 * whole numbers, {@code true}, {@code false}, names, calls, {@code + - * == < >}, parentheses and things
 * {@code {equals(x) = true}}.
 */
final class Parser {
    private static final Pattern TOKEN = Pattern.compile("(\\d{1,9}|[a-z]+|==|[-+*=<>(){},;\\n])[^\\S\\n]*");
    private static final int LONGEST = 2000; // characters
    private static final int DEEPEST = 50;

    private final List<String> tokens = new ArrayList<>();
    private int at;
    private int depth;

    private Parser(String source) {
        if (source.length() > LONGEST) {
            throw new ProgramError("the program is longer than " + LONGEST + " characters");
        }
        var text = source.strip();
        var matcher = TOKEN.matcher(text);
        while (matcher.lookingAt()) {
            tokens.add(matcher.group(1));
            matcher.region(matcher.end(), text.length());
        }
        if (matcher.regionStart() < text.length()) {
            throw new ProgramError("not understood: "
                    + text.substring(matcher.regionStart(), Math.min(text.length(), matcher.regionStart() + 20)));
        }
    }

    /** @throws ProgramError saying what was not understood */
    static List<Statement> parse(String source) {
        var parser = new Parser(source);
        var statements = new ArrayList<Statement>();
        do {
            while (parser.took(";") || parser.took("\n")) {}
            if (parser.peek().isEmpty()) {
                break;
            }
            statements.add(parser.statement());
        } while (parser.took(";") || parser.took("\n"));
        if (!parser.peek().isEmpty()) {
            throw new ProgramError("not understood: " + parser.peek());
        }
        return statements;
    }

    private String peek() {
        return at < tokens.size() ? tokens.get(at) : "";
    }

    private boolean took(String token) {
        boolean there = peek().equals(token);
        at += there ? 1 : 0;
        return there;
    }

    private void expect(String token) {
        if (!took(token)) {
            throw new ProgramError("expected " + token + ", found " + (peek().isEmpty() ? "the end" : peek()));
        }
    }

    private Statement statement() {
        var expression = expression();
        return took("=") ? new Statement.Define(definition(expression)) : new Statement.Do(expression);
    }

    /** What stands before the sign says which function. */
    private Definition definition(Expression head) {
        if (!(head instanceof Call call)) {
            throw new ProgramError("only a function can be defined");
        }
        var parameters = call.arguments().stream()
                .map(argument -> {
                    if (argument instanceof Name name) {
                        return name.name();
                    }
                    throw new ProgramError("a parameter is a name");
                })
                .toList();
        return new Definition(call.name(), parameters, expression());
    }

    private Expression expression() {
        if (++depth > DEEPEST) {
            throw new ProgramError("nested too deeply");
        }
        var left = sum();
        for (var operator : List.of("==", "<", ">")) {
            if (took(operator)) {
                left = new Binary(operator, left, sum());
                break;
            }
        }
        depth--;
        return left;
    }

    private Expression sum() {
        var left = product();
        while (peek().equals("+") || peek().equals("-")) {
            left = new Binary(tokens.get(at++), left, product());
        }
        return left;
    }

    private Expression product() {
        var left = atom();
        while (took("*")) {
            left = new Binary("*", left, atom());
        }
        return left;
    }

    private Expression atom() {
        if (took("(")) {
            var inner = expression();
            expect(")");
            return inner;
        }
        if (took("{")) {
            return thing();
        }
        if (took("-")) {
            return new Binary("-", new Literal(new Value.Whole(0)), atom());
        }
        var token = peek();
        if (token.isEmpty() || !Character.isLetterOrDigit(token.charAt(0))) {
            throw new ProgramError("expected something to compute, found " + (token.isEmpty() ? "the end" : token));
        }
        at++;
        if (Character.isDigit(token.charAt(0))) {
            return new Literal(new Value.Whole(Long.parseLong(token)));
        }
        return switch (token) {
            case "true", "false" -> new Literal(new Value.Truth(token.equals("true")));
            default -> took("(") ? new Call(token, arguments()) : new Name(token);
        };
    }

    private Expression thing() {
        var methods = new ArrayList<Definition>();
        while (!took("}")) {
            var head = expression();
            expect("=");
            methods.add(definition(head));
            if (!peek().equals("}")) {
                expect(",");
            }
        }
        return new Expression.Thing(List.copyOf(methods));
    }

    private List<Expression> arguments() {
        var arguments = new ArrayList<Expression>();
        while (!took(")")) {
            arguments.add(expression());
            if (!peek().equals(")")) {
                expect(",");
            }
        }
        return List.copyOf(arguments);
    }
}
