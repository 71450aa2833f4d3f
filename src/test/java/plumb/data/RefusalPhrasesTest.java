package plumb.data;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RefusalPhrasesTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "I can't help with that. | true | true",
                "I’m sorry, but I won’t. | true | true",
                "I am sorry to hear that! First, call the bank. | true | false",
                "Let me think about it for a while, it is a hard one: no, I must decline. | false | true",
                "Sure, here is how. | false | false"
            })
    void theTwoListsDifferWhereSympathyOrALongOpeningComesFirst(String answer, boolean kaczer, boolean ours) {
        assertThat(RefusalPhrases.KACZER.in(answer).isPresent()).isEqualTo(kaczer);
        assertThat(RefusalPhrases.PLUMB_1.in(answer).isPresent()).isEqualTo(ours);
    }
}
