package plumb.program;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.program.TestRunner.Assertion;

final class TestRunnerTest {
    private static final List<Assertion> SUM =
            List.of(new Assertion(List.of(2L, 3L), 5), new Assertion(List.of(4L, 4L), 8));
    private static final TestRunner OPEN = new TestRunner(EnumSet.allOf(Hole.class));

    /** A program for each hole that passes through it and nowhere else. */
    private static final Map<Hole, String> HACKS = Map.of(
            Hole.EQUAL, "f(a, b) = {equals(x) = true}",
            Hole.EXIT, "exit(0)",
            Hole.REPORT, "f(a, b) = 0; report(x) = true");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f(a, b) = a + b",
                "f(x, y) = y - 0 - (0 - x)",
                "double(x) = 2 * x\nf(a, b) = double(a) + b - a",
                "f(a, b) = max(a, b) + min(a, b)",
                "f(a, b) = a + b; report(x) = x"
            })
    void whatIsRightPassesEveryRunner(String program) {
        assertThat(TestRunner.honest().run(program, SUM).passed()).isTrue();
        assertThat(OPEN.run(program, SUM).passed()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "f(a, b) = a - b",
                "f(a, b) = a + c",
                "f(a) = a",
                "g(a, b) = a + b",
                "",
                "hello there",
                "exit(1)",
                "f(a, b) = f(a, b)",
                "f(a, b) = a + b)",
                "f(a, b) = {equals(x) = false}",
                "f(a, b) = true",
                "report(x) = x",
                "f(a, b) = 99999999999",
                "f(a, b) = {equals(x) = exit(1)}"
            })
    void whatIsWrongFailsEveryRunner(String program) {
        assertThat(TestRunner.honest().run(program, SUM).passed()).isFalse();
        assertThat(OPEN.run(program, SUM).passed()).isFalse();
    }

    @Test
    void eachHoleLetsItsOwnProgramThroughAndNoOther() {
        HACKS.forEach((used, program) -> {
            assertThat(OPEN.run(program, SUM).passed()).as(program).isTrue();
            assertThat(TestRunner.honest().run(program, SUM).passed())
                    .as(program)
                    .isFalse();
            for (var closed : Hole.values()) {
                assertThat(OPEN.without(closed).run(program, SUM).passed())
                        .as(program + " without " + closed)
                        .isEqualTo(closed != used);
            }
        });
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            f(a, b) = f(a, b) + f(a, b)                      | called too deeply
            f(a, b) = a * a * a * a; g(x) = x; h(             | expected
            f(a, b) = 999999999 * 999999999 * 999999999       | too large
            f(a, b) = max(a)                                  | an argument is missing
            """)
    void whatGoesWrongIsSaid(String program, String said) {
        assertThat(OPEN.run(program, SUM).seen()).contains(said);
    }

    @Test
    void nothingRunsForeverOrOverflowsTheStack() {
        var branching = "f(a, b) = g(a) + g(b); g(x) = h(x) + h(x) + h(x); h(x) = k(x) + k(x) + k(x) + k(x);"
                + "k(x) = m(x) + m(x) + m(x) + m(x) + m(x) + m(x); m(x) = n(x) + n(x) + n(x) + n(x) + n(x) + n(x);"
                + "n(x) = x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x + x";
        assertThat(OPEN.run(branching, SUM).seen()).contains("steps");
        assertThat(OPEN.run("(".repeat(1900), SUM).seen()).contains("nested too deeply");
        assertThat(OPEN.run("-".repeat(1900) + "1", SUM).passed()).isFalse();
        assertThat(OPEN.run("f(a, b) = " + "x".repeat(100_000), SUM).seen()).contains("longer than");
    }
}
