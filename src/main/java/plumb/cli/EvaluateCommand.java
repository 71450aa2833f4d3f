package plumb.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.cli.terminal.Notes;
import plumb.experiment.Experiment;
import plumb.report.Formats;
import plumb.report.RunDirectory;
import plumb.report.Summary;

@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = "Measures a run's adapter again, as its spec says, and makes its report anew.",
        footer = {
            "",
            "The adapter is read from the run's folder; what was measured before is replaced. Example:",
            "  ./plumb evaluate runs/20260101-120000-first"
        })
final class EvaluateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "RUN", description = "A run directory.")
    private Path run = Path.of("");

    @Option(names = "--json", description = "Print the result as JSON (schema: docs/json.md).")
    private boolean json;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        var directory = RunDirectory.open(run);
        if (directory.manifest().map(manifest -> manifest.adapterHash()).isEmpty()) {
            throw new IllegalArgumentException(run + " is not trained yet: ./plumb train --resume " + run);
        }
        Experiment.resume(
                        directory,
                        machine.machine(),
                        new Notes(spec.commandLine().getErr()))
                .measureAnew(() -> false);
        var out = spec.commandLine().getOut();
        var summary = Summary.of(List.of(directory));
        if (json) {
            out.println(Formats.JSON.writeValueAsString(summary));
        } else {
            ResultTable.print(summary, out);
            out.println(
                    "Report: " + directory.report().toAbsolutePath().normalize().toUri());
        }
        out.flush();
        return 0;
    }
}
