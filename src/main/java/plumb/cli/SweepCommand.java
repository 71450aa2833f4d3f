package plumb.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.cli.terminal.Interruption;
import plumb.cli.terminal.Notes;
import plumb.experiment.Sweep;
import plumb.experiment.SweepSpec;
import plumb.report.Formats;
import plumb.report.ReportPage;
import plumb.report.RunDirectory;
import plumb.report.Summary;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

@Command(
        name = "sweep",
        mixinStandardHelpOptions = true,
        description = "Runs a grid: every task with every arm at every seed, and puts all of it into one page.",
        footer = {
            "",
            "A cell that is done is not done again, so a sweep that was stopped goes on where it was. Example:",
            "  ./plumb sweep experiments/sweeps/results.yaml --workers 2"
        })
final class SweepCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "GRID", description = "A YAML grid; see experiments/sweeps/.")
    private Path file = Path.of("");

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Change one value of the grid by its path, e.g. base.model.path=runs/taught-2 or seeds.0=4.")
    private Map<String, String> changes = new LinkedHashMap<>();

    @Option(names = "--runs", paramLabel = "DIR", description = "Where the runs go (default: runs/NAME of the grid).")
    private @Nullable Path runs;

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Runs at the same time, a core each (default: all cores).")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Option(names = "--markdown", paramLabel = "FILE", description = "Also write the figures as a Markdown table.")
    private @Nullable Path markdown;

    @Option(names = "--json", description = "Print the figures as JSON (schema: docs/json.md).")
    private boolean json;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() throws IOException {
        var grid = SweepSpec.read(file, changes);
        var folder = runs != null ? runs : Path.of("runs", grid.name());
        var out = spec.commandLine().getOut();
        var err = spec.commandLine().getErr();
        int cells = grid.cells().size();
        if (!grid.measured()) {
            err.println("The grid has no evaluations: its cells are trained, and nothing is measured.");
        }
        var done = new AtomicInteger();
        var sweep = new Sweep(grid, folder, machine.alone(), new Sweep.Watcher() {
            @Override
            public RunListener training(SweepSpec.Cell cell) {
                return new Notes(err);
            }

            @Override
            public void done(SweepSpec.Cell cell, RunDirectory directory) {
                err.println("[" + done.incrementAndGet() + "/" + cells + "] " + cell.id());
                err.flush();
            }
        });
        try (var stop = new Interruption(err)) {
            if (sweep.run(workers, stop) == Outcome.STOPPED) {
                out.println("Stopped, and saved. The same command goes on from here.");
                out.flush();
                return 0;
            }
        }
        if (grid.measured()) {
            report(sweep, folder);
        } else {
            out.println("Trained: " + folder);
            out.flush();
        }
        return 0;
    }

    private void report(Sweep sweep, Path folder) throws IOException {
        var out = spec.commandLine().getOut();
        var page = folder.resolve("report.html");
        ReportPage.write(page, sweep.directories());
        var summary = Summary.of(sweep.directories());
        if (markdown != null) {
            Files.writeString(markdown, ResultTable.markdown(summary));
        }
        if (json) {
            out.println(Formats.JSON.writeValueAsString(summary));
        } else {
            ResultTable.print(summary, out);
            out.println("Page: " + page.toAbsolutePath().normalize().toUri());
        }
        out.flush();
    }
}
