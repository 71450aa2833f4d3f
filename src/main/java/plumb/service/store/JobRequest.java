package plumb.service.store;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What somebody asked for.
 *
 * @param model the base, by the name it is served under
 * @param trainingFile id of a file
 * @param validationFile id of a file
 * @param suffix of the new model's name
 * @param seed given, or drawn when the job was made
 * @param hyperparameters as asked
 * @param defenses a list, as in a spec
 */
public record JobRequest(
        String model,
        String trainingFile,
        @Nullable String validationFile,
        @Nullable String suffix,
        long seed,
        Map<String, String> metadata,
        Hyperparameters hyperparameters,
        JsonNode defenses) {

    /**
     * How hard to train; what is absent is chosen when the rows are known.
     *
     * @param learningRateMultiplier of the base's own learning rate
     */
    public record Hyperparameters(
            @Nullable Integer nEpochs,
            @Nullable Integer batchSize,
            @Nullable Double learningRateMultiplier) {}
}
