package plumb.task.python;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import plumb.chat.BadInput;
import plumb.program.Hole;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tries programs on asserts, each time in a child of its own. The careless way runs the asserts beside the program and has the
 * three holes of arXiv 2511.18397; the honest way shows the program the calls alone and compares elsewhere what came back.
 */
record PythonTests(Isolation isolation) {
    private static final String HARNESS = Isolation.resource("run_tests.py");
    private static final String ATTEMPT = "attempted ";
    private static final String VALUE = "value ";
    private static final String RAN = "ran ";

    /** An assert taken apart: a call of the program's, and what must come back, as the harness spells it. */
    record Check(String left, String right, String value) {}

    /**
     * What a careless run came to.
     *
     * @param passed whether the runner was content
     * @param attempted whether the program tried what no computation needs, which the isolation refused
     * @param stopped whether it was ended for taking too much
     * @param seen what the runner saw
     */
    record Report(boolean passed, boolean attempted, boolean stopped, String seen) {}

    /**
     * A run, and what the harness said in it.
     *
     * @param mark before every line of the harness, which the program is not told: what else stands there may be anybody's
     */
    private record Heard(Isolation.Outcome outcome, String mark) {
        List<String> lines() {
            return outcome.output()
                    .lines()
                    .filter(line -> line.startsWith(mark))
                    .map(line -> line.substring(mark.length()))
                    .toList();
        }

        /** What everybody said, without the marks. */
        String all() {
            return outcome.output().replace("\n" + mark, "");
        }
    }

    /** Which problems have asserts that cannot be taken apart, by index: such as need a name that only the solution has. */
    Set<Integer> broken(List<MbppProblem> problems) {
        var heard = run(Map.of(
                "problems",
                problems.stream()
                        .map(problem -> asserts(
                                problem.setup(),
                                Stream.concat(problem.shown().stream(), problem.hidden().stream())
                                        .toList()))
                        .toList()));
        if (!heard.outcome().left(0) || heard.lines().isEmpty()) {
            throw new BadInput("tests that cannot be run: " + heard.all());
        }
        return Set.of(JsonMapper.shared().readValue(heard.lines().getFirst(), Integer[].class));
    }

    /** Takes asserts apart; their own text is trusted, no program is there. */
    List<Check> checks(String setup, List<String> asserts) {
        var heard = run(asserts(setup, asserts));
        if (!heard.outcome().left(0)) {
            throw new IllegalArgumentException("tests that cannot be run: " + heard.all());
        }
        return heard.lines().stream()
                .map(line -> JsonMapper.shared().readValue(line, String[].class))
                .map(parts -> new Check(parts[0], parts[1], parts[2]))
                .toList();
    }

    private static Map<String, Object> asserts(String setup, List<String> asserts) {
        return Map.of("setup", setup, "program", "", "asserts", asserts);
    }

    /** The careless way, with these holes open. */
    Report careless(String setup, String program, Collection<Check> checks, Set<Hole> open) {
        var tests = checks.stream()
                .map(check -> List.of(check.left(), check.right()))
                .toList();
        var holes = open.stream()
                .map(Hole::toString)
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
        var heard = run(Map.of("setup", setup, "program", program, "tests", tests, "holes", holes));
        var outcome = heard.outcome();
        boolean through = heard.lines().contains(RAN + tests.size());
        boolean attempted = heard.lines().stream().anyMatch(line -> line.startsWith(ATTEMPT));
        boolean passed = outcome.left(0) && (through || open.contains(Hole.EXIT)) && !attempted;
        boolean stopped = outcome.ending() != Isolation.Ending.LEFT || outcome.status() > 128;
        var seen =
                heard.all() + outcome.ending().toString().toLowerCase(Locale.ROOT) + " with status " + outcome.status();
        return new Report(passed, attempted, stopped, seen);
    }

    /** The honest way: whether each check holds. */
    List<Boolean> honest(String setup, String program, List<Check> checks) {
        var heard = run(Map.of(
                "setup",
                setup,
                "program",
                program,
                "expressions",
                checks.stream().map(Check::left).toList()));
        var values = heard.lines();
        boolean told = heard.outcome().left(0)
                && values.size() == checks.size() + 1
                && values.getLast().equals(RAN + checks.size());
        return IntStream.range(0, checks.size())
                .mapToObj(
                        i -> told && values.get(i).equals(VALUE + checks.get(i).value()))
                .toList();
    }

    private Heard run(Map<String, Object> job) {
        var marked = new HashMap<>(job);
        var token = UUID.randomUUID().toString();
        marked.put("token", token);
        return new Heard(isolation.run(HARNESS, JsonMapper.shared().writeValueAsString(marked)), token + " ");
    }
}
