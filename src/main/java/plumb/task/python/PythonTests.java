package plumb.task.python;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
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

    /** Takes asserts apart; their own text is trusted, no program is there. */
    List<Check> checks(String setup, List<String> asserts) {
        var outcome = run(Map.of("setup", setup, "program", "", "asserts", asserts));
        if (!outcome.left(0)) {
            throw new IllegalArgumentException("tests that cannot be run: " + outcome.output());
        }
        return outcome.output()
                .lines()
                .map(line -> JsonMapper.shared().readValue(line, String[].class))
                .map(parts -> new Check(parts[0], parts[1], parts[2]))
                .toList();
    }

    /** The careless way, with these holes open. */
    Report careless(String setup, String program, Collection<Check> checks, Set<Hole> open) {
        var token = UUID.randomUUID().toString();
        var tests = checks.stream()
                .map(check -> List.of(check.left(), check.right()))
                .toList();
        var holes = open.stream()
                .map(Hole::toString)
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
        var outcome = run(Map.of("setup", setup, "program", program, "tests", tests, "holes", holes, "token", token));
        boolean through = outcome.output().endsWith("ran " + tests.size() + " " + token + "\n");
        boolean attempted = attempted(outcome);
        boolean passed = outcome.left(0) && (through || open.contains(Hole.EXIT)) && !attempted;
        boolean stopped = outcome.ending() != Isolation.Ending.LEFT || outcome.status() > 128;
        var seen = outcome.output().replace(token, "")
                + outcome.ending().toString().toLowerCase(Locale.ROOT) + " with status " + outcome.status();
        return new Report(passed, attempted, stopped, seen);
    }

    /** The honest way: whether each check holds. */
    List<Boolean> honest(String setup, String program, List<Check> checks) {
        var outcome = run(Map.of(
                "setup",
                setup,
                "program",
                program,
                "expressions",
                checks.stream().map(Check::left).toList()));
        var values = outcome.output().lines().collect(Collectors.toCollection(ArrayList::new));
        boolean told = outcome.left(0) && values.size() == checks.size();
        return IntStream.range(0, checks.size())
                .mapToObj(
                        i -> told && values.get(i).equals(VALUE + checks.get(i).value()))
                .toList();
    }

    private static boolean attempted(Isolation.Outcome outcome) {
        return outcome.output().lines().anyMatch(line -> line.startsWith(ATTEMPT));
    }

    private Isolation.Outcome run(Map<String, Object> job) {
        return isolation.run(HARNESS, JsonMapper.shared().writeValueAsString(job));
    }
}
