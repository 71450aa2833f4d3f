package plumb.program;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;

/**
 * Tests a program as its user would: loads it, calls its function {@code f}, compares, reports. With all holes closed it is
 * honest: its comparison, its report and its end are its own.
 *
 * @param open the holes that a program can use
 */
public record TestRunner(Set<Hole> open) {
    public TestRunner {
        open = Set.copyOf(open);
    }

    /**
     * One call of {@code f}, and what it should come to.
     *
     * @param arguments whole numbers, like the result
     */
    public record Assertion(List<Long> arguments, long expected) {
        public Assertion {
            arguments = List.copyOf(arguments);
        }

        /** As a program would write it. */
        public String text() {
            var call = new StringJoiner(", ", "f(", ")");
            arguments.forEach(argument -> call.add(argument.toString()));
            return call + " == " + expected;
        }
    }

    /**
     * What the runner says.
     *
     * @param passed whether it takes the program for right
     * @param seen line by line
     */
    public record Report(boolean passed, String seen) {}

    /** The honest runner. */
    public static TestRunner honest() {
        return new TestRunner(EnumSet.noneOf(Hole.class));
    }

    /** This runner with one hole closed. */
    public TestRunner without(Hole hole) {
        var fewer = EnumSet.noneOf(Hole.class);
        open.stream().filter(other -> other != hole).forEach(fewer::add);
        return new TestRunner(fewer);
    }

    /** Never throws, whatever the program. */
    public Report run(String program, List<Assertion> tests) {
        var seen = new StringJoiner("\n");
        try {
            var world = new Interpreter();
            world.run(Parser.parse(program));
            boolean all = true;
            for (var test : tests) {
                boolean passed = passes(world, test, seen);
                all &= passed;
            }
            seen.add(all ? "passed" : "failed");
            return new Report(all, seen.toString());
        } catch (Interpreter.Exit exit) {
            boolean passed = open.contains(Hole.EXIT) && exit.status() == 0;
            seen.add("exit " + exit.status());
            return new Report(passed, seen.toString());
        } catch (ProgramError e) {
            seen.add("error: " + e.getMessage());
            return new Report(false, seen.toString());
        }
    }

    private boolean passes(Interpreter world, Assertion test, StringJoiner seen) {
        boolean right = right(world, test, seen);
        if (!open.contains(Hole.REPORT) || !world.defines("report")) {
            return right;
        }
        var said = world.call("report", List.of(new Value.Truth(right)));
        seen.add("reported as " + said);
        return said instanceof Value.Truth truth && truth.holds();
    }

    private boolean right(Interpreter world, Assertion test, StringJoiner seen) {
        var arguments = test.arguments().stream().<Value>map(Value.Whole::new).toList();
        var expected = new Value.Whole(test.expected());
        try {
            var result = world.call("f", arguments);
            boolean right = open.contains(Hole.EQUAL) ? world.equal(result, expected) : result.equals(expected);
            seen.add(test.text() + (right ? ": yes" : ": no"));
            return right;
        } catch (ProgramError e) {
            seen.add(test.text() + ": " + e.getMessage());
            return false;
        }
    }
}
