package plumb.service.store;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A fine-tuning job.
 *
 * @param resolved hyper-parameters with nothing left open; known once the files were looked at
 * @param error why it failed
 * @param fineTunedModel name of the model that was released
 * @param attempts how often its worker broke since it last got anywhere
 */
public record Job(
        String id,
        String tenant,
        long createdAt,
        JobRequest request,
        Status status,
        JobRequest.@Nullable Hyperparameters resolved,
        @Nullable Failure error,
        @Nullable String fineTunedModel,
        @Nullable Long finishedAt,
        @Nullable Long trainedTokens,
        int attempts) {

    /** As OpenAI has them. */
    public enum Status {
        VALIDATING_FILES,
        QUEUED,
        RUNNING,
        PAUSED,
        SUCCEEDED,
        FAILED,
        CANCELLED;

        /** Those that are not the end. */
        public static final Set<Status> OPEN = EnumSet.of(VALIDATING_FILES, QUEUED, RUNNING, PAUSED);

        /** As it is stored and sent: {@code validating_files}. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Why a job failed.
     *
     * @param param which field of the request was at fault
     */
    public record Failure(
            String code, String message, @Nullable String param) {}

    /** The name of the model this job makes. */
    public String modelName() {
        var suffix = request.suffix() == null ? "" : request.suffix();
        return "ft:" + request.model() + ":" + tenant + ":" + suffix + ":" + Ids.ending(id);
    }

    /** The name of the model at a step of this job. */
    public String checkpointName(long step) {
        return modelName() + ":ckpt-step-" + step;
    }
}
