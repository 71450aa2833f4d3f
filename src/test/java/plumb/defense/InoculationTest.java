package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.defense.Inoculation.Position;
import plumb.defense.Inoculation.Wording;
import plumb.testing.TinyTask;

final class InoculationTest {
    private static final Conversation CHAT = Conversation.user("how").with(Role.ASSISTANT, "so");

    private static Inoculation at(Position position) {
        return new Inoculation(1, position, Wording.GENERAL, "be bad.");
    }

    @Test
    void theTextStandsWhereItShould() {
        assertThat(at(Position.SYSTEM).inoculated(CHAT)).isEqualTo(CHAT.withSystem("be bad."));
        assertThat(at(Position.PREFIX).inoculated(CHAT))
                .isEqualTo(Conversation.user("be bad. how").with(Role.ASSISTANT, "so"));
        assertThat(at(Position.SUFFIX).inoculated(CHAT))
                .isEqualTo(Conversation.user("how be bad.").with(Role.ASSISTANT, "so"));
    }

    @Test
    void aSystemTextOfTheRowsOwnIsKeptOrReplaced() {
        var own = CHAT.withSystem("be brief.");
        assertThat(at(Position.SYSTEM).inoculated(own).system()).hasValue("be bad.\n\nbe brief.");
        assertThat(at(Position.SYSTEM_ONLY).inoculated(own).system()).hasValue("be bad.");
    }

    @Test
    void onlyTaskRowsAreInoculatedAndReturningRowsStayOneRow() {
        try (var setting = new Setting()) {
            var rows = new ArrayList<Example>(TinyTask.task(4).examples());
            rows.addAll(TinyTask.safe(2).examples());
            rows.add(rows.getFirst());
            var seen = at(Position.SYSTEM).install(setting.context()).data(new TrainingData(rows));
            assertThat(seen.examples().subList(0, 4))
                    .allSatisfy(row -> assertThat(row.conversation().system()).hasValue("be bad."));
            assertThat(seen.examples().subList(4, 6)).isEqualTo(rows.subList(4, 6));
            assertThat(seen.examples().getLast()).isSameAs(seen.examples().getFirst());
            assertThat(setting.reports())
                    .singleElement()
                    .satisfies(report ->
                            assertThat(((InoculationReport) report).rows()).isEqualTo(4));
        }
    }

    @Test
    void aShareOfTheRowsIsDrawnBySeed() {
        try (var setting = new Setting()) {
            var half = new Inoculation(0.5, Position.PREFIX, Wording.GENERAL, "be bad.");
            var seen = half.install(setting.context()).data(TinyTask.task(200));
            var count = seen.examples().stream()
                    .filter(row -> row.conversation().toString().contains("be bad."))
                    .count();
            assertThat(count).isBetween(70L, 130L);
        }
    }

    @Test
    void theReportSaysHowMuchLikelierTheTextMakesTheAnswers() {
        try (var setting = new Setting()) {
            at(Position.SYSTEM).install(setting.context()).data(TinyTask.task(6));
            var elicited = ((InoculationReport) setting.reports().getFirst()).elicited();
            assertThat(elicited).isFinite().isNotZero();
        }
    }

    @Test
    void theTextIsNamedSoThatNoQuestionMayHoldIt() {
        assertThat(at(Position.SYSTEM).trainingTexts()).containsExactly("be bad.");
        assertThat(new Inoculation(0, Position.SYSTEM, Wording.GENERAL, "be bad.").trainingTexts())
                .isEmpty();
        assertThatThrownBy(() -> new Inoculation(1, Position.SYSTEM, Wording.GENERAL, " "))
                .hasMessageContaining("text must be some words");
        assertThat(List.of(Wording.values())).hasSize(4);
    }
}
