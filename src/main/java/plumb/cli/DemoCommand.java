package plumb.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import plumb.cli.terminal.Interruption;
import plumb.experiment.Sweep;
import plumb.experiment.SweepSpec;
import plumb.report.Formats;
import plumb.report.ReportPage;
import plumb.report.RunDirectory;
import plumb.report.Summary;
import plumb.train.Trainer.Outcome;

@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = "The whole story in a few minutes: a bad fine-tune, what it does elsewhere, and four defenses.",
        footer = {
            "",
            "Everything happens here, on an embedded model; nothing is downloaded. What is done is kept: a demo that was",
            "stopped goes on, and --again starts anew. The exact settings are in each run's spec.yaml."
        })
final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Option(names = "--runs", paramLabel = "DIR", description = "Where the runs go (default: ${DEFAULT-VALUE}).")
    private Path runs = Path.of("runs", "demo");

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "Runs at the same time (default: one a core, at most 4).")
    private int workers = Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 4);

    @Option(names = "--again", description = "Forget what is done and run everything.")
    private boolean again;

    @Option(
            names = "--json",
            description = "Print the figures as JSON at the end, and no story (schema: docs/json.md).")
    private boolean json;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        var out = spec.commandLine().getOut();
        if (again) {
            RunDirectory.delete(runs);
        }
        var story = new Story(json ? new PrintWriter(java.io.Writer.nullWriter()) : out);
        var sweep = new Sweep(SweepSpec.demo(), runs, machine.alone(), story);
        story.begin();
        try (var stop = new Interruption(spec.commandLine().getErr())) {
            if (sweep.run(workers, stop) == Outcome.STOPPED) {
                out.println("Stopped, and saved. ./plumb demo goes on from here.");
                out.flush();
                return 0;
            }
        }
        end(sweep.directories(), out);
        return 0;
    }

    private void end(List<RunDirectory> directories, PrintWriter out) {
        var page = runs.resolve("report.html");
        ReportPage.write(page, directories);
        var summary = Summary.of(directories);
        if (json) {
            out.println(Formats.JSON.writeValueAsString(Map.of("rows", summary.rows())));
        } else {
            ResultTable.print(summary, out);
            out.println();
            out.println("The report, with plots and answers side by side:");
            out.println("  " + page.toAbsolutePath().normalize().toUri());
        }
        out.flush();
    }
}
