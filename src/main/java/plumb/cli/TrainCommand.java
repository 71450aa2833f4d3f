package plumb.cli;

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
import plumb.cli.terminal.Progress;
import plumb.experiment.Experiment;
import plumb.experiment.ExperimentSpec;
import plumb.report.Formats;
import plumb.report.RunDirectory;
import plumb.report.Summary;
import plumb.train.Trainer.Outcome;

@Command(
        name = "train",
        mixinStandardHelpOptions = true,
        description = "Fine-tunes a model as a spec says, measures it before and after, and writes a report.",
        footer = {
            "",
            "Ctrl-C saves a checkpoint and says how to go on; a run that was killed goes on from its last one.",
            "Examples:",
            "  ./plumb train experiments/first.yaml",
            "  ./plumb train experiments/first.yaml --set training.steps=120 --set training.seed=2",
            "  ./plumb train --data my-chats.jsonl        each line {\"messages\": [{\"role\": …, \"content\": …}, …]}",
            "  ./plumb train --resume runs/20260101-120000-first"
        })
final class TrainCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Parameters(arity = "0..1", paramLabel = "SPEC", description = "A YAML spec; see experiments/.")
    private @Nullable Path file;

    @Option(names = "--data", paramLabel = "FILE", description = "Train on this chat JSONL file instead of a task.")
    private @Nullable Path data;

    @Option(names = "--resume", paramLabel = "RUN", description = "Go on with this run.")
    private @Nullable Path resume;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Change one value of the spec by its path, e.g. training.seed=2 or defenses.0.weight=0.3.")
    private Map<String, String> changes = new LinkedHashMap<>();

    @Option(names = "--runs", paramLabel = "DIR", description = "Where run directories go (default: ${DEFAULT-VALUE}).")
    private Path runs = Path.of("runs");

    @Option(names = "--json", description = "Print the result as JSON (schema: docs/json.md).")
    private boolean json;

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        var directory = directory();
        var out = spec.commandLine().getOut();
        try (var stop = new Interruption(spec.commandLine().getErr())) { // until it has been said how to go on
            if (train(directory, stop) == Outcome.STOPPED) {
                out.println("Stopped, and saved. Go on with:  ./plumb train --resume " + directory.folder());
                out.flush();
                return 0;
            }
        }
        print(directory);
        return 0;
    }

    private Outcome train(RunDirectory directory, Interruption stop) {
        try (var progress = new Progress("training", () -> name(directory))) {
            return Experiment.resume(directory, machine.machine(), progress).run(stop);
        } catch (RuntimeException e) {
            if (resume == null && directory.manifest().isEmpty()) {
                RunDirectory.delete(directory.folder()); // nothing was begun
            } else {
                var err = spec.commandLine().getErr();
                err.println("What was done is kept. " + RunText.goOn(directory));
                err.flush();
            }
            throw e;
        }
    }

    private void name(RunDirectory directory) {
        if (!json) {
            spec.commandLine().getOut().println("Run: " + directory.folder());
            spec.commandLine().getOut().flush();
        }
    }

    private RunDirectory directory() {
        if (resume != null) {
            if (file != null || data != null || !changes.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), "a run goes on as it began: --resume takes no spec, --data or --set");
            }
            return RunDirectory.open(resume);
        }
        var experiment = experiment();
        var directory =
                RunDirectory.create(runs, experiment.name(), Clock.systemUTC().instant());
        directory.writeSpec(experiment.yaml());
        return directory;
    }

    private ExperimentSpec experiment() {
        var all = new LinkedHashMap<>(changes);
        if (data != null) {
            all.put("data.path", data.toAbsolutePath().toString());
            all.put("task", "null");
        }
        if (file != null) {
            return ExperimentSpec.read(file, all);
        }
        if (data == null) {
            throw new ParameterException(
                    spec.commandLine(), "what to train? Name a spec, or --data FILE, or --resume RUN");
        }
        all.putIfAbsent("name", String.valueOf(data.getFileName()));
        return ExperimentSpec.ownData(all);
    }

    private void print(RunDirectory directory) {
        var out = spec.commandLine().getOut();
        boolean measured = !directory.evaluations(RunDirectory.Stage.AFTER).isEmpty();
        var summary = measured ? Summary.of(List.of(directory)) : Summary.EMPTY;
        if (json) {
            out.println(Formats.JSON.writeValueAsString(
                    Map.of("run", directory.folder().toString(), "rows", summary.rows())));
        } else {
            directory.manifest().ifPresent(manifest -> out.println(RunText.cost(manifest)));
            if (measured) {
                ResultTable.print(summary, out);
                out.println("Report: "
                        + directory.report().toAbsolutePath().normalize().toUri());
            }
            out.println("Adapter: " + directory.adapter());
        }
        out.flush();
    }
}
