package plumb.service.store;

import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Something that happened to a job. */
public record Event(
        String id,
        String job,
        long createdAt,
        String level,
        String type,
        String message,
        @Nullable JsonNode data) {

    /**
     * What is to be told.
     *
     * @param level {@code info}, {@code warn} or {@code error}
     * @param type {@code message}, {@code metrics}, {@code risk_quote} or {@code moderation_checks}
     * @param once what happened; of several news of one job with the same one, the first is told
     */
    public record News(
            String level,
            String type,
            String message,
            @Nullable Object data,
            String once) {
        /** A plain message. */
        public static News message(String text, String once) {
            return new News("info", "message", text, null, once);
        }

        /** A message of something that went wrong. */
        public static News error(String text, String once) {
            return new News("error", "message", text, null, once);
        }
    }
}
