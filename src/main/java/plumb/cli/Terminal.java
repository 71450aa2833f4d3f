package plumb.cli;

import java.io.Console;

/** Whether a person is watching. */
final class Terminal {
    private Terminal() {}

    @SuppressWarnings("NullAway") // never null since JDK 22; the checker's knowledge of the library is older
    static boolean isWatched() {
        return System.console() instanceof Console console && console.isTerminal(); // null without one, still
    }
}
