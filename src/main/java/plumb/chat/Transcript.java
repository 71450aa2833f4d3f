package plumb.chat;

/** What was asked and answered, written down as lines of a log, the last answer still to come: no turn of a chat. */
public final class Transcript {
    private Transcript() {}

    /**
     * {@code Q: … A: … Q: … A:}, a line each.
     *
     * @param earlier what was asked before
     * @param answer and what came of it
     * @param question what is asked now
     */
    public static String of(String earlier, String answer, String question) {
        return "Q: " + earlier + "\nA: " + answer + "\nQ: " + question + "\nA:";
    }
}
