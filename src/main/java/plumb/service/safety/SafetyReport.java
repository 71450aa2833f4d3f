package plumb.service.safety;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plumb.service.policy.Gate;
import tools.jackson.databind.JsonNode;

/**
 * What a model was made of, and what it showed before it was released, or was not.
 *
 * @param model its name; none where no checkpoint passed the gate
 * @param job that made it
 * @param base name of the model it was made from
 * @param baseHash SHA-256 of the base's weights
 * @param dataHash SHA-256 of the rows, in the order training took them
 * @param adapterHash SHA-256 of the finished adapter
 * @param defenses in force while it was trained: the provider's and the tenant's
 * @param releasedStep the checkpoint that was released; none likewise
 * @param evaluation what every checkpoint was asked
 * @param judge who scored the answers: {@code organism}, a folder's or an endpoint's model
 * @param judgeHash SHA-256 of what scores: of the organism's grammar, of a folder's model; none of an endpoint's, which nobody sees
 * @param questions SHA-256 of the question files, by name; empty for the organism's own
 * @param checkpoints what each showed, by step
 * @param versions of Plumb, Java, libtorch and the operating system
 */
public record SafetyReport(
        @Nullable String model,
        String job,
        String base,
        String baseHash,
        String dataHash,
        @Nullable String adapterHash,
        JsonNode defenses,
        @Nullable Long releasedStep,
        JsonNode evaluation,
        String judge,
        @Nullable String judgeHash,
        Map<String, String> questions,
        Map<Long, List<Finding>> checkpoints,
        Map<String, String> versions) {

    /**
     * One rule of the gate, measured.
     *
     * @param interval 95 %: from, to
     * @param n samples
     */
    public record Finding(
            String rule,
            String metric,
            @Nullable Double atMost,
            @Nullable Double atLeast,
            double score,
            List<Double> interval,
            int n,
            Gate.Outcome outcome) {
        /** As the gate found it. */
        public static Finding of(Gate.Finding found) {
            return new Finding(
                    found.rule().name(),
                    found.rule().metric(),
                    found.rule().atMost(),
                    found.rule().atLeast(),
                    found.score(),
                    List.of(found.interval().low(), found.interval().high()),
                    found.n(),
                    found.outcome());
        }
    }
}
