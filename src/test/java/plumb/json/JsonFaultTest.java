package plumb.json;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

final class JsonFaultTest {
    @ParameterizedTest
    @ValueSource(strings = {"{\n \"a\": [1, 2", "{\n \"a\": \"b", "{\n \"a\" 1}", "{\n nonsense", "[\n{\"a\": 1]"})
    void theParsersOwnPlaceIsLeftOutAndTheFaultsIsSaid(String broken) {
        for (var fault : new JacksonException[] {fault(broken), faultOfBytes(broken)}) {
            assertThat(JsonFault.of(fault))
                    .doesNotContain("REDACTED", "Source", "start marker", "#UNKNOWN")
                    .matches(".{20,} \\(line 2, column \\d+\\)");
            assertThat(JsonFault.inLine(fault)).matches("[^\n]{20,} \\(column \\d+\\)");
        }
    }

    @Test
    void whatIsWrongIsKept() {
        assertThat(JsonFault.of(fault("{\"a\": [1")))
                .isEqualTo("Unexpected end-of-input: expected close marker for Array (line 1, column 9)");
    }

    @Test
    void longTextsAreCut() {
        assertThat(JsonFault.of(fault("x".repeat(2000)))).hasSizeLessThan(200).contains("…");
    }

    private static JacksonException fault(String broken) {
        return catchThrowableOfType(
                JacksonException.class, () -> JsonMapper.shared().readTree(broken));
    }

    private static JacksonException faultOfBytes(String broken) {
        return catchThrowableOfType(
                JacksonException.class, () -> JsonMapper.shared().readTree(broken.getBytes(UTF_8)));
    }
}
