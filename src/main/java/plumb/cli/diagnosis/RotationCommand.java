package plumb.cli.diagnosis;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import plumb.chat.BadInput;
import plumb.cli.MachineOptions;
import plumb.cli.RunsArgument;
import plumb.diagnose.AdapterPath;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.Subject;
import plumb.report.RunDirectory;
import plumb.report.StepMetrics;
import plumb.train.Checkpoints;

@Command(
        name = "rotation",
        mixinStandardHelpOptions = true,
        description = "Shows how a run's adapter moved and turned through training, beside its loss and gradient.",
        footer = {
            "",
            "Reads the checkpoints that the run kept (evaluate_checkpoints, training.checkpoint_every). Rotation is -1 where",
            "the path goes straight on and 0 at a right angle. Example:",
            "  ./plumb rotation runs/phase-transition/* --apart 2"
        })
public final class RotationCommand implements Callable<Integer> {
    @Mixin
    private RunsArgument runs = new RunsArgument();

    @Option(
            names = "--apart",
            defaultValue = "1",
            paramLabel = "N",
            description = "Checkpoints between which the angle is taken, before and after (default: ${DEFAULT-VALUE}).")
    private int apart;

    @Mixin
    private FindingsOutput out = new FindingsOutput();

    @Mixin
    private MachineOptions machine = new MachineOptions();

    /** One checkpoint; loss and gradient norm are means over the steps since the one before. */
    private record Point(
            String run, long step, double loss, double gradientNorm, double moved, double rotation, double planar) {}

    @Override
    public Integer call() {
        if (apart < 1) {
            throw new BadInput("--apart must be at least 1, got " + apart);
        }
        runs.all().forEach(run -> points(run).forEach(this::print));
        return 0;
    }

    private List<Point> points(RunDirectory run) {
        var checkpoints = new Checkpoints(run.checkpoints(), 0, "").all();
        if (checkpoints.isEmpty()) {
            throw new BadInput(run.folder() + " kept no checkpoints: let it run with evaluate_checkpoints: true");
        }
        var path = new AdapterPath(read(checkpoints, run));
        double planar = path.planar();
        var points = new ArrayList<Point>();
        long before = 0;
        for (int i = 1; i <= checkpoints.size(); i++) {
            long step = Checkpoints.step(checkpoints.get(i - 1));
            var since = run.steps().subList((int) before, (int) step);
            points.add(new Point(
                    run.id(),
                    step,
                    since.stream()
                            .mapToDouble(RotationCommand::taskLoss)
                            .average()
                            .orElse(Double.NaN),
                    since.stream()
                            .mapToDouble(StepMetrics::gradientNorm)
                            .average()
                            .orElse(Double.NaN),
                    path.moved(i),
                    path.rotation(i, apart),
                    planar));
            before = step;
        }
        return points;
    }

    private static double taskLoss(StepMetrics step) {
        return step.losses().getOrDefault("task", Double.NaN);
    }

    private List<float[]> read(List<Path> checkpoints, RunDirectory run) {
        var stacked = new ArrayList<float[]>();
        try (var subject = Subject.open(ExperimentSpec.of(run).model(), machine.machine())) {
            for (var checkpoint : checkpoints) {
                try (var adapter = subject.adapter(checkpoint)) {
                    stacked.add(AdapterPath.stacked(adapter));
                }
            }
        }
        return stacked;
    }

    private void print(Point point) {
        out.print(
                point,
                String.format(
                        Locale.ROOT,
                        "%s  step %3d  loss %.3f  gradient %.3f  moved %.3f  rotation %5.2f  (two components hold %.0f %%)",
                        point.run(),
                        point.step(),
                        point.loss(),
                        point.gradientNorm(),
                        point.moved(),
                        point.rotation(),
                        100 * point.planar()));
    }
}
