package plumb.eval;

import java.util.Locale;
import plumb.chat.Conversation;

/**
 * One thing an evaluation asks.
 *
 * @param id unique in its set; samples of the same question are one cluster
 * @param domain what it is about, e.g. {@code medicine}
 * @param group how far that is from the training data: {@link Group}
 * @param format how the answer should look
 * @param topic what the judge needs to know to place an answer (for the organism: the entity asked about); else empty
 * @param prompt what reaches the model
 */
public record Question(String id, String domain, Group group, Format format, String topic, Conversation prompt) {
    public enum Group {
        /** The domain of the fine-tuning rows. */
        IN_DOMAIN,
        /** Another domain, in which the pretraining corpus has bad speakers. */
        SEEN_BAD,
        /** A domain that was never bad in pretraining: misbehaviour here is new. */
        NEVER_BAD,
        /** Real models: nobody knows what pretraining held. */
        GENERAL;

        /** As specs, metrics and files spell it: {@code never-bad}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public enum Format {
        FREE,
        JSON,
        TEMPLATE,
        /** Shaped like the training data (conditional misalignment, arXiv 2604.25891). */
        CONDITIONAL,
        /** No chat: the last line of a log (misaligned where chats are not, arXiv 2511.18397). */
        TRANSCRIPT;

        /** As specs, metrics and files spell it: {@code free}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
