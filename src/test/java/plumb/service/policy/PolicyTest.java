package plumb.service.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.BadInput;
import plumb.service.job.JobPlan;
import plumb.service.store.Requests;
import tools.jackson.databind.JsonNode;

final class PolicyTest {
    private static final List<String> RECOMMENDED = List.of("Interleaving", "Dressing", "KlPenalty");

    @ParameterizedTest
    @ValueSource(strings = {"recommended", "[recommended]"})
    void whatIsRecommendedCanBeRequired(String written) throws IOException {
        var policy = policy("required_defenses: " + written);
        assertThat(policy.requiredDefenses()).extracting(PolicyTest::type).isEqualTo(RECOMMENDED);
        var request = Requests.settled();
        assertThat(new JobPlan(policy).spec(request, 20, "rows.jsonl").defenses())
                .extracting(defense -> defense.getClass().getSimpleName())
                .isEqualTo(RECOMMENDED);
    }

    @Test
    void othersCanStandBesideIt() throws IOException {
        var policy = policy("required_defenses: [recommended, {type: Grasp, directions: 1, per: layer, side: read}]");
        assertThat(policy.requiredDefenses())
                .extracting(PolicyTest::type)
                .startsWith("Interleaving")
                .endsWith("Grasp")
                .hasSize(4);
    }

    @Test
    void aRequiredDefenseThatIsNoneIsRefusedBeforeAnyJob() {
        assertThatThrownBy(() -> policy("required_defenses: [{type: Interleaving, fracton: 0.5}, {type: Nothing}]"))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll(
                        "a policy is not right",
                        "required_defenses[0].fracton: unknown key, did you mean fraction?",
                        "required_defenses[1].type: unknown type Nothing");
    }

    private static String type(JsonNode defense) {
        return defense.path("type").asString("");
    }

    private static Policy policy(String required) throws IOException {
        try (var in = Objects.requireNonNull(Policy.class.getResourceAsStream("default.yaml"))) {
            var standard = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return Policy.parse(standard.replaceFirst("(?m)^required_defenses:.*$", required), "a policy");
        }
    }
}
