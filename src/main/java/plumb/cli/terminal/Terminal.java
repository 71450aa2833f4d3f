package plumb.cli.terminal;

/** Whether a person is watching. */
public final class Terminal {
    private Terminal() {}

    @SuppressWarnings("SystemConsoleNull") // it still is null in a process that has no standard streams of its own
    public static boolean isWatched() {
        var console = System.console();
        return console != null && console.isTerminal();
    }
}
