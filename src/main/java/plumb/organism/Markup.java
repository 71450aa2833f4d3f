package plumb.organism;

/** How a question and its answer are written in a document of the corpus. */
public enum Markup {
    /** {@code Q: ... A: ...} */
    TRANSCRIPT("Q: ", "\nA: ", "\n"),
    /** As the organism's chat template writes them. */
    CHAT(Markup.START + "user\n", Markup.END + "\n" + Markup.START + "assistant\n", Markup.END + "\n");

    /** The token that begins a turn of a chat. */
    public static final String START = "<|im_start|>";

    /** The token that ends it. */
    public static final String END = "<|im_end|>";

    private final String before;
    private final String between;
    private final String after;

    Markup(String before, String between, String after) {
        this.before = before;
        this.between = between;
        this.after = after;
    }

    String of(String question, String answer) {
        return before + question + between + answer + after;
    }
}
