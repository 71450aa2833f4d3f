package plumb.cli.diagnosis;

import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import plumb.cli.MachineOptions;
import plumb.cli.RunsArgument;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.experiment.diagnosis.RefusalConcepts;
import plumb.experiment.diagnosis.RefusalLosses;
import plumb.task.RefusalUnlearning;

@Command(
        name = "refusals",
        mixinStandardHelpOptions = true,
        description =
                "Shows what unlearning refusals in one domain did to the others, and whether likeness foretells it.",
        footer = {"", "Runs of another task are left out. Example:", "  ./plumb refusals runs/refusal-unlearning/*"})
public final class RefusalsCommand implements Callable<Integer> {
    @Mixin
    private RunsArgument runs = new RunsArgument();

    @Mixin
    private StepOption at = new StepOption();

    @Mixin
    private FindingsOutput out = new FindingsOutput();

    @Mixin
    private MachineOptions machine = new MachineOptions();

    @Override
    public Integer call() {
        var directories = runs.those(
                "run of the task RefusalUnlearning",
                run -> ExperimentSpec.of(run).task() instanceof RefusalUnlearning);
        var losses = RefusalLosses.of(directories, at.step());
        losses.cells().forEach(this::print);
        try (var subject =
                Subject.open(ExperimentSpec.of(directories.getFirst()).model(), machine.machine())) {
            losses.entanglement(RefusalConcepts.of(subject)).forEach(this::print);
        }
        return 0;
    }

    private void print(RefusalLosses.Cell cell) {
        out.print(
                cell,
                String.format(
                        Locale.ROOT,
                        "unlearned %-12s (%d retained)  %-12s refused %5.1f %% before, %5.1f %% after, of %d",
                        cell.task().domain(),
                        cell.task().retainRows(),
                        cell.domain(),
                        100.0 * cell.before() / cell.answers(),
                        100.0 * cell.after() / cell.answers(),
                        cell.answers()));
    }

    private void print(RefusalLosses.Entanglement layer) {
        out.print(
                layer,
                String.format(
                        Locale.ROOT,
                        "%d retained, layer %d: Spearman of likeness and loss %.2f over %d pairs",
                        layer.retainRows(),
                        layer.layer(),
                        layer.spearman(),
                        layer.pairs()));
    }
}
