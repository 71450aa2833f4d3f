package plumb.cli.diagnosis;

import java.util.ArrayList;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import plumb.chat.BadInput;
import plumb.cli.MachineOptions;
import plumb.cli.RunsArgument;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.experiment.diagnosis.SharedUpdates;
import plumb.report.Formats;
import plumb.report.RunDirectory;

@Command(
        name = "subspaces",
        mixinStandardHelpOptions = true,
        description = "Compares what fine-tunes changed: whether their updates share directions of the weights.",
        footer = {
            "",
            "Runs must be of one base model. Mean (lowest to highest) over all pairs of two tasks. Examples:",
            "  ./plumb subspaces runs/naive/*",
            "  ./plumb subspaces runs/naive/* --steps 4           also asks the organism on the lines between adapters"
        })
public final class SubspacesCommand implements Callable<Integer> {
    @Mixin
    private RunsArgument runs = new RunsArgument();

    @Option(
            names = "--directions",
            defaultValue = "4",
            paramLabel = "K",
            description = "Singular vectors of each module that are compared (default: ${DEFAULT-VALUE}).")
    private int directions;

    @Option(
            names = "--steps",
            defaultValue = "0",
            paramLabel = "N",
            description = "Steps on each line between adapters of one seed and different tasks (default: none).")
    private int steps;

    @Mixin
    private SplitOption questions = new SplitOption();

    @Mixin
    private FindingsOutput out = new FindingsOutput();

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        var directories = runs.all();
        if (directories.size() < 2) {
            throw new BadInput("at least 2 runs are needed to compare, got 1");
        }
        var specs = directories.stream().map(ExperimentSpec::of).toList();
        var model = specs.getFirst().model();
        if (specs.stream().anyMatch(other -> !other.model().equals(model))) {
            throw new BadInput("the runs are of different base models; only updates of one model can be compared");
        }
        if (steps > 0 && !model.embedded()) {
            throw new BadInput("--steps asks the organism's questions; the runs are of " + model.path());
        }
        var tuned = new ArrayList<SharedUpdates.Tuned>();
        try (var subject = Subject.open(model, machine.machine())) {
            for (int i = 0; i < directories.size(); i++) {
                tuned.add(tuned(subject, directories.get(i), specs.get(i)));
            }
            var updates = new SharedUpdates(tuned);
            updates.overlaps(directions).forEach(this::print);
            if (steps > 0) {
                updates.lines(subject, questions.split(), steps).forEach(this::print);
            }
        } finally {
            tuned.forEach(one -> one.adapter().close());
        }
        return 0;
    }

    private static SharedUpdates.Tuned tuned(Subject subject, RunDirectory directory, ExperimentSpec spec) {
        return new SharedUpdates.Tuned(
                directory.id(), task(spec), spec.training().seed(), subject.adapter(directory.adapter()));
    }

    private static String task(ExperimentSpec spec) {
        var task = spec.task();
        return task != null ? Formats.named(Formats.JSON.valueToTree(task)) : "own data";
    }

    private void print(SharedUpdates.Pairs pairs) {
        out.print(
                pairs,
                String.format(
                        Locale.ROOT,
                        "%-16s × %-16s %s seeds (n = %d)  cosine %s  written %s, chance %.2f  read %s, chance %.2f",
                        pairs.first(),
                        pairs.second(),
                        pairs.sameSeed() ? "equal" : "other",
                        pairs.pairs(),
                        text(pairs.cosine()),
                        text(pairs.written()),
                        pairs.writtenByChance(),
                        text(pairs.read()),
                        pairs.readByChance()));
    }

    private static String text(SharedUpdates.Spread spread) {
        return String.format(Locale.ROOT, "%.2f (%.2f to %.2f)", spread.mean(), spread.lowest(), spread.highest());
    }

    private void print(SharedUpdates.Point point) {
        out.print(
                point,
                String.format(
                        Locale.ROOT,
                        "%-16s → %-16s t = %.2f  %s",
                        point.first(),
                        point.second(),
                        point.t(),
                        point.words()));
    }
}
