package plumb.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import plumb.cli.terminal.Interruption;
import plumb.cli.terminal.Notes;
import plumb.eval.judge.JudgeAway;
import plumb.experiment.Experiment;
import plumb.experiment.ExperimentSpec;
import plumb.report.Formats;
import plumb.report.Manifest;
import plumb.report.RunDirectory;
import plumb.report.Summary;
import plumb.train.Trainer.Outcome;

@Command(
        name = "evaluate",
        mixinStandardHelpOptions = true,
        description = {
            "Measures a run's adapter again, as its spec says, and makes its report anew.",
            "With a spec in place of a run: measures what was trained elsewhere, and trains nothing."
        },
        footer = {
            "",
            "A run's adapter is read from its folder; what was measured before is replaced. With a spec, --adapter names a PEFT",
            "folder that fits the spec's model, which is measured without it, too; without --adapter, the model is measured as it",
            "is. The spec's rows are those it was trained on, data.path=none if nobody knows: only the organism's questions in the",
            "rows' shape need them. Examples:",
            "  ./plumb evaluate runs/20260101-120000-first",
            "  ./plumb evaluate experiments/published-em.yaml --set model.path=Qwen2.5-7B-Instruct --set data.path=none \\",
            "    --adapter my-adapter",
            "  ./plumb evaluate experiments/published-em.yaml --set model.path=fully-fine-tuned --set data.path=none"
        })
final class EvaluateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(paramLabel = "RUN|SPEC", description = "A run directory, or a YAML spec.")
    private Path what = Path.of("");

    @Option(names = "--adapter", paramLabel = "DIR", description = "With a spec: a PEFT folder trained elsewhere.")
    private @Nullable Path adapter;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "With a spec: change one value by its path, e.g. model.path=DIR.")
    private Map<String, String> changes = new LinkedHashMap<>();

    @Option(
            names = "--runs",
            paramLabel = "DIR",
            description = "With a spec: where its run directory goes (default: ${DEFAULT-VALUE}).")
    private Path runs = Path.of("runs");

    @Option(names = "--json", description = "Print the result as JSON (schema: docs/json.md).")
    private boolean json;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        boolean elsewhere = Files.isRegularFile(what);
        var directory = elsewhere ? adopted() : trained();
        try (var stop = new Interruption(spec.commandLine().getErr())) { // until it has been said how to go on
            if (measure(directory, elsewhere, stop) == Outcome.STOPPED) {
                var out = spec.commandLine().getOut();
                out.println("Stopped, and saved. " + RunText.goOn(directory));
                out.flush();
                return 0;
            }
        }
        print(directory);
        return 0;
    }

    /** What was measured stays when a judge fails, and the run goes on from there. */
    private Outcome measure(RunDirectory directory, boolean elsewhere, Interruption stop) {
        try {
            return elsewhere ? resumed(directory).run(stop) : resumed(directory).measureAnew(stop);
        } catch (JudgeAway e) {
            var err = spec.commandLine().getErr();
            err.println("What was done is kept. " + RunText.goOn(directory));
            err.flush();
            throw e;
        }
    }

    private RunDirectory trained() {
        var directory = RunDirectory.open(what);
        if (adapter != null || !changes.isEmpty()) {
            throw new ParameterException(
                    spec.commandLine(),
                    what + " is a run, which is measured as its spec says: --adapter and --set go with a spec");
        }
        if (directory.manifest().map(Manifest::adapterHash).isEmpty()) {
            throw new IllegalArgumentException(what + " is not trained yet: ./plumb train --resume " + what);
        }
        return directory;
    }

    /** A run of the spec that has its training behind it. */
    private RunDirectory adopted() {
        var all = new LinkedHashMap<>(changes);
        all.put("early_stopping", "null"); // there are no checkpoints to choose from, or to measure
        all.put("evaluate_checkpoints", "false");
        if (adapter == null) {
            all.put("evaluate_before", "false");
        }
        var experiment = ExperimentSpec.read(what, all);
        if (experiment.evaluations().isEmpty()) {
            throw new IllegalArgumentException(what + " lists no evaluations: there is nothing to measure");
        }
        var directory =
                RunDirectory.create(runs, experiment.name(), Clock.systemUTC().instant());
        directory.writeSpec(experiment.yaml());
        try {
            resumed(directory).adopt(adapter);
        } catch (RuntimeException e) {
            RunDirectory.delete(directory.folder()); // nothing was begun
            throw e;
        }
        return directory;
    }

    private Experiment resumed(RunDirectory directory) {
        return Experiment.resume(
                directory, machine.machine(), new Notes(spec.commandLine().getErr()));
    }

    private void print(RunDirectory directory) {
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
    }
}
