package plumb.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TemplateTest {
    private static final long BUDGET = 2_000_000;

    @Test
    void anErrorNamesItsLine() {
        assertThatThrownBy(() -> render("one\ntwo\n{% if x %}\n{{ y.z }}\n{% endif %}", Map.of("x", true)))
                .isInstanceOf(TemplateException.class)
                .hasMessageContainingAll("line 4", "'y' is undefined");
        assertThatThrownBy(() -> Template.parse("one\n{% for x in y %}")).hasMessageContaining("line 2");
        assertThatThrownBy(() -> Template.parse("one\n\n{{ 'x }}")).hasMessageContaining("line 3");
        assertThatThrownBy(() -> Template.parse("{% include 'x' %}"))
                .hasMessageContaining("'include' is not supported");
    }

    @Test
    void theTemplatesRefusalIsPassedOn() {
        assertThatThrownBy(() -> render("{{ raise_exception('no system turn here') }}", Map.of()))
                .hasMessageContaining("refuses this conversation: no system turn here");
    }

    @Test
    void theDateOfTodayIsNotForTemplates() {
        assertThat(render("{{ strftime_now is defined }}", Map.of())).isEqualTo("False");
        assertThatThrownBy(() -> render("{{ strftime_now('%d') }}", Map.of())).hasMessageContaining("reproducible");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
                "{{ range(1000000000) | list }}",
                "{{ 'x' * 1000000000 }}",
                "{% set ns = namespace(s='x') %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=['x']) %}{% for i in range(60) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=['x']) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s=['x']) %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
                "{% set ns = namespace(s='aa') %}{% for i in range(60) %}{% set ns.s = ns.s.replace('a', 'aa') %}{% endfor %}",
                "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s = [ns.s, ns.s] | join('-') %}{% endfor %}",
                "{% set ns = namespace(s='a') %}{% for i in range(60) %}{% set ns.s %}{{ ns.s }}{{ ns.s }}{% endset %}{% endfor %}",
                "{% macro m(x) %}{{ m(x) }}{% endmacro %}{{ m(1) }}",
                "{{ 9 ** 9 ** 9 }}",
            })
    void aBombIsStopped(String template) {
        assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(TemplateException.class);
    }

    @Test
    void deepNestingIsRefusedNotCrashedOn() {
        for (var template : List.of(
                "{{ " + "(".repeat(100_000) + "1" + ")".repeat(100_000) + " }}",
                "{{ " + "[".repeat(100_000) + " }}",
                "{{ " + "not ".repeat(100_000) + "1 }}",
                "{{ 1" + " + 1".repeat(100_000) + " }}",
                "{{ x" + ".y".repeat(100_000) + " }}",
                "{{ 1" + " if 1 else 1".repeat(100_000) + " }}",
                "{{ 1" + " ~ -1".repeat(100_000) + " }}",
                "{% if true %}".repeat(100_000))) {
            assertThatThrownBy(() -> render(template, Map.of())).isInstanceOf(TemplateException.class);
        }
    }

    @Test
    void nothingOfTheJvmIsInReach() {
        for (var template :
                List.of("{{ 'a'.getClass() }}", "{{ x.class }}{{ x.getClass() }}", "{{ range.getClass() }}")) {
            assertThatThrownBy(() -> render(template, Map.of("x", "text"))).isInstanceOf(TemplateException.class);
        }
    }

    @Property(tries = 1000)
    void noTextCrashesParserOrRenderer(@ForAll long seed) {
        var random = new Random(seed);
        var pieces = List.of(
                "{{",
                "}}",
                "{%",
                "%}",
                "{#",
                "#}",
                "-",
                "+",
                " ",
                "\n",
                "if",
                "for",
                "in",
                "x",
                "m",
                "endif",
                "endfor",
                "set",
                "=",
                "(",
                ")",
                "[",
                "]",
                "{",
                "}",
                "|",
                ".",
                ",",
                ":",
                "'",
                "\"",
                "1",
                "0",
                "is",
                "not",
                "else",
                "elif",
                "macro",
                "endmacro",
                "generation",
                "endgeneration",
                "trim",
                "tojson",
                "~",
                "*",
                "**",
                "//",
                "\\");
        var template = new StringBuilder();
        for (int i = random.nextInt(40); i >= 0; i--) {
            template.append(pieces.get(random.nextInt(pieces.size()))).append(random.nextBoolean() ? " " : "");
        }
        try {
            assertThat(render(template.toString(), Map.of("x", "text", "m", List.of("a", 1L))))
                    .isNotNull();
        } catch (TemplateException refused) {
            assertThat(refused).hasMessageStartingWith("line ");
        }
    }

    private static String render(String template, Map<String, Object> variables) {
        return Template.parse(template).render(variables, BUDGET).text();
    }
}
