package plumb.cli.diagnosis;

import picocli.CommandLine.Option;

/** Where in its training a run is looked at: shared by the commands that read what was measured. */
public final class StepOption {
    @Option(
            names = "--step",
            defaultValue = "0",
            paramLabel = "N",
            description = "A checkpoint that was measured (default: the end of the run).")
    private long step;

    /** Steps; 0: the end. */
    public long step() {
        return step;
    }
}
