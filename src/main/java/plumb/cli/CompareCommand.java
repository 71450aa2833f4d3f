package plumb.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import plumb.cli.diagnosis.StepOption;
import plumb.report.Formats;
import plumb.report.ReportPage;
import plumb.report.RunDirectory;
import plumb.report.Summary;

@Command(
        name = "compare",
        mixinStandardHelpOptions = true,
        description = "Puts runs side by side: a table here, and a page with plots and answers.",
        footer = {
            "",
            "Runs that differ only in their seed are pooled. Example:",
            "  ./plumb compare runs/*",
            "  ./plumb compare runs/naive runs/kl --out kl.html"
        })
final class CompareCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Mixin
    private RunsArgument runs = new RunsArgument();

    @Mixin
    private StepOption at = new StepOption();

    @Option(names = "--out", paramLabel = "FILE", description = "Where the page goes (default: ${DEFAULT-VALUE}).")
    private Path out = Path.of("comparison.html");

    @Option(names = "--json", description = "Print the figures as JSON (schema: docs/json.md).")
    private boolean json;

    @Override
    public Integer call() {
        var finished = runs.those(
                "finished run",
                run -> run.manifest().isPresent()
                        && !run.evaluations(RunDirectory.Stage.AFTER).isEmpty());
        var terminal = spec.commandLine().getOut();
        ReportPage.write(out, finished, at.step());
        var summary = Summary.of(finished, at.step());
        if (json) {
            terminal.println(Formats.JSON.writeValueAsString(summary));
        } else {
            ResultTable.print(summary, terminal);
            terminal.println("Page: " + out.toAbsolutePath().normalize().toUri());
        }
        terminal.flush();
        return 0;
    }
}
