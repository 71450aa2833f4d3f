package plumb.cli.diagnosis;

import picocli.CommandLine.Option;
import plumb.eval.QuestionSource;

/** Which of the organism's questions: shared by every command that asks them. */
final class SplitOption {
    @Option(
            names = "--split",
            defaultValue = "report",
            description = "report or tuning questions of never-bad domains (default: ${DEFAULT-VALUE}).")
    private QuestionSource.Split split = QuestionSource.Split.REPORT;

    QuestionSource.Split split() {
        return split;
    }
}
