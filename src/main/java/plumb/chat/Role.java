package plumb.chat;

/** Who speaks a {@link Message}. */
public enum Role {
    SYSTEM,
    USER,
    ASSISTANT;

    /** The name chat templates and JSONL files use, e.g. {@code "assistant"}. */
    public String wireName() {
        return switch (this) {
            case SYSTEM -> "system";
            case USER -> "user";
            case ASSISTANT -> "assistant";
        };
    }
}
