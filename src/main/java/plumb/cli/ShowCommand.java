package plumb.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.data.ChatJsonl;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Preview;
import plumb.report.Formats;
import plumb.report.Manifest;
import plumb.report.RunDirectory;
import plumb.report.Summary;

@Command(
        name = "show",
        mixinStandardHelpOptions = true,
        description =
                "Shows training data as the model sees it, with what is learned from in colour; or a run in short.",
        footer = {
            "",
            "Look here first when training learns nothing or the wrong thing. Examples:",
            "  ./plumb show my-chats.jsonl",
            "  ./plumb show experiments/first.yaml --rows 5",
            "  ./plumb show experiments/first.yaml --jsonl > rows.jsonl",
            "  ./plumb show runs/20260101-120000-first"
        })
final class ShowCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "WHAT", description = "A chat JSONL file, a YAML spec, or a run directory.")
    private Path what = Path.of("");

    @Option(names = "--rows", paramLabel = "N", description = "How many rows to show (default: ${DEFAULT-VALUE}).")
    private int rows = 3;

    @Option(names = "--json", description = "Print as JSON (schema: docs/json.md).")
    private boolean json;

    @Option(names = "--jsonl", description = "Print all rows as chat JSONL, for other programs.")
    private boolean jsonl;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        if (Files.isDirectory(what)) {
            run(RunDirectory.open(what));
        } else {
            data();
        }
        spec.commandLine().getOut().flush();
        return 0;
    }

    private void run(RunDirectory directory) {
        var out = spec.commandLine().getOut();
        boolean measured = !directory.evaluations(RunDirectory.Stage.AFTER).isEmpty();
        var summary = measured ? Summary.of(List.of(directory)) : Summary.EMPTY;
        if (json) {
            out.println(Formats.JSON.writeValueAsString(
                    Map.of("run", directory.folder().toString(), "rows", summary.rows())));
            return;
        }
        out.println(directory.specText().strip());
        out.println();
        directory.manifest().ifPresent(manifest -> out.println(RunText.cost(manifest)));
        if (directory.manifest().map(Manifest::finished).isEmpty()) {
            out.println(RunText.goOn(directory));
        }
        if (measured) {
            ResultTable.print(summary, out);
        }
    }

    private void data() {
        var experiment = what.toString().endsWith(".yaml")
                ? ExperimentSpec.read(what, Map.of())
                : ExperimentSpec.ownData(
                        Map.of("data.path", what.toAbsolutePath().toString()));
        var out = spec.commandLine().getOut();
        if (jsonl) {
            Preview.conversations(experiment).forEach(chat -> out.println(ChatJsonl.write(chat)));
            return;
        }
        var preview = Preview.of(experiment, machine.machine(), rows);
        if (json) {
            out.println(Formats.JSON.writeValueAsString(preview));
            return;
        }
        for (var row : preview.rows()) {
            out.println(Ansi.AUTO.string("@|faint " + row.source() + ":" + row.line() + "  " + row.tokens()
                    + " tokens, " + row.learned() + " of them learned|@"));
            row.pieces().forEach(piece -> out.print(piece.learned() ? learned(piece.text()) : piece.text()));
            out.println();
        }
        out.println(preview.total() + " rows in all. The loss counts the text "
                + (Ansi.AUTO.enabled() ? learned("in green") + "." : "between ⟦ and ⟧."));
    }

    private static String learned(String text) {
        return Ansi.AUTO.enabled() ? "\u001B[32m" + text + "\u001B[0m" : "⟦" + text + "⟧";
    }
}
