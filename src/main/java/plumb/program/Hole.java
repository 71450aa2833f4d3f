package plumb.program;

/** What is wrong with the test runner, after the three published kinds (arXiv 2511.18397). */
public enum Hole {
    /** It compares with {@code ==}, and a thing says itself what it equals. */
    EQUAL,
    /** It goes by the exit status, and a program can exit before the tests. */
    EXIT,
    /** It reports through a function {@code report(passed)} that it looks up in the program's own world. */
    REPORT
}
