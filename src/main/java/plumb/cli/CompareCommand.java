package plumb.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
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

    @Parameters(
            arity = "1..*",
            paramLabel = "RUN",
            description = "Run directories; what is no finished run is skipped.")
    private List<Path> runs = List.of();

    @Option(names = "--out", paramLabel = "FILE", description = "Where the page goes (default: ${DEFAULT-VALUE}).")
    private Path out = Path.of("comparison.html");

    @Option(names = "--json", description = "Print the figures as JSON (schema: docs/json.md).")
    private boolean json;

    @Override
    public Integer call() {
        var finished = runs.stream()
                .filter(folder -> folder.resolve("manifest.json").toFile().exists())
                .map(RunDirectory::at)
                .filter(run -> !run.evaluations(RunDirectory.Stage.AFTER).isEmpty())
                .toList();
        if (finished.isEmpty()) {
            throw new IllegalArgumentException("none of these " + runs.size() + " folders holds a finished run");
        }
        var terminal = spec.commandLine().getOut();
        ReportPage.write(out, finished);
        if (json) {
            terminal.println(Formats.JSON.writeValueAsString(Summary.of(finished)));
        } else {
            ResultTable.print(Summary.of(finished), terminal);
            terminal.println("Page: " + out.toAbsolutePath().normalize().toUri());
        }
        terminal.flush();
        return 0;
    }
}
