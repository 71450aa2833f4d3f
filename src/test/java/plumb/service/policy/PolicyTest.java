package plumb.service.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
    void whoAsksForWhatIsRequiredGetsIt() throws IOException {
        var policy = policy("required_defenses: recommended");
        var plan = new JobPlan(policy);
        var asked = plan.spec(Requests.defended(policy.requiredDefenses()), 20, "rows.jsonl");
        assertThat(asked.defenses())
                .isEqualTo(plan.spec(Requests.settled(), 20, "rows.jsonl").defenses());
        var other = policy("required_defenses: [{type: Interleaving, fraction: 0.2, selection: random}]");
        assertThatThrownBy(() -> plan.spec(Requests.defended(other.requiredDefenses()), 20, "rows.jsonl"))
                .hasMessage("Interleaving is required by the provider's policy, which sets its strength");
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

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    at_most: 0.05}    | at_most: 5}         | a threshold is a share, 0 to 1, got 5.0
                    em/free/general@0.7 | em/free/generall@0.7 | is not measured by
                    em/free/general@0.7 | em/free/general@0.8  | is not measured by
                    em/free/general@0.7 | em/json/general@0.7  | is not measured by
                    job_heap: 1g       | job_heap: lots       | are sizes such as 512m or 8g, got lots
                    """)
    void aPolicyThatCannotDoWhatItSaysIsRefusedWhenItIsRead(String right, String wrong, String message)
            throws IOException {
        assertThatThrownBy(() -> Policy.parse(standard().replace(right, wrong), "a policy"))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("a policy is not a policy: ")
                .hasMessageContaining(message)
                .message()
                .doesNotContain("java.", "class ");
    }

    @Test
    void aPartOfAPolicyIsNone() {
        assertThatThrownBy(() -> Policy.parse("quotas: {open_jobs: 1}", "a policy"))
                .hasMessageContaining("a policy names all of models, hyperparameters, checkpoints, gate and limits");
    }

    @Test
    void aBaseThatIsNotThereIsSaidBeforeAnyJob() throws IOException {
        var policy = Policy.parse(standard().replace("path: organism ", "path: /nope "), "a policy");
        assertThatThrownBy(policy::requireFiles)
                .hasMessageContaining("model organism: there is no config.json in /nope");
    }

    @Test
    void strangersAreNotLetThroughToThisMachine() {
        assertThat(Policy.standard().limits().webhookHosts()).isNotEmpty();
        assertThat(Policy.standard().forStrangers().limits().webhookHosts()).isEmpty();
    }

    @Test
    void noMoreCheckpointsAreMeasuredThanThePolicySays() throws IOException {
        var training = new JobPlan(policy("required_defenses: recommended"))
                .spec(Requests.settled(), 600, "rows.jsonl")
                .training();
        assertThat(training.checkpointEvery()).isEqualTo(15); // 900 rows in 57 steps, four checkpoints
    }

    private static String type(JsonNode defense) {
        return defense.path("type").asString("");
    }

    private static Policy policy(String required) throws IOException {
        return Policy.parse(standard().replaceFirst("(?m)^required_defenses:.*$", required), "a policy");
    }

    private static String standard() throws IOException {
        try (var in = Objects.requireNonNull(Policy.class.getResourceAsStream("default.yaml"))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
