package plumb.service.policy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.report.Formats;
import plumb.service.job.JobPlan;
import plumb.service.store.JobRequest;
import plumb.service.store.JobRequest.Hyperparameters;
import tools.jackson.databind.JsonNode;

final class PolicyTest {
    private static final List<String> RECOMMENDED = List.of("Interleaving", "Dressing", "KlPenalty");

    @ParameterizedTest
    @ValueSource(strings = {"recommended", "[recommended]"})
    void whatIsRecommendedCanBeRequired(String written) throws IOException {
        var policy = policy("required_defenses: " + written);
        assertThat(policy.requiredDefenses()).extracting(PolicyTest::type).isEqualTo(RECOMMENDED);
        var request = new JobRequest(
                "organism",
                "file-1",
                null,
                null,
                1,
                Map.of(),
                new Hyperparameters(1, 16, 1.0),
                Formats.JSON.createArrayNode());
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
