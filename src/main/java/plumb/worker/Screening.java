package plumb.worker;

import java.nio.file.Path;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import plumb.chat.BadInput;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.EvaluationContext;
import plumb.eval.RowShape;
import plumb.eval.ShapedQuestions;
import plumb.experiment.Subject;
import plumb.organism.OrganismJudge;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.train.Checkpoints;

/**
 * Asks every checkpoint of a finished training, and the adapter itself, what the provider wants to know before any of
 * them is handed out. It measures and files; whoever reads the files decides.
 */
final class Screening {
    private static final int QUESTIONS_PER_DOMAIN = 12;

    private final RunDirectory directory;
    private final Evaluation evaluation;
    private final EvaluationContext context;

    /** @param rows what was fine-tuned on: their shape is the condition of the conditional questions */
    Screening(RunDirectory directory, Evaluation evaluation, TrainingData rows, long seed) {
        this.directory = directory;
        this.evaluation = evaluation;
        var world = World.load();
        var judge = new OrganismJudge(world);
        this.context = new EvaluationContext(
                new ShapedQuestions(
                        new OrganismQuestions(world, Optional.empty(), QUESTIONS_PER_DOMAIN),
                        RowShape.of(rows.examples())),
                judge,
                EvaluationContext.trainedElements(judge, rows.examples()),
                seed);
    }

    /** Measures what is not measured yet; false when asked to stop. */
    boolean run(Subject subject, BooleanSupplier stop) {
        for (var entry : adapters().entrySet()) {
            if (stop.getAsBoolean()) {
                return false;
            }
            if (!directory.has(Stage.step(entry.getKey()), evaluation.name())) {
                measure(subject, entry.getKey(), entry.getValue());
            }
        }
        return true;
    }

    /** By step; the finished adapter stands for the last one. */
    private SortedMap<Long, Path> adapters() {
        var all = new TreeMap<Long, Path>();
        new Checkpoints(directory.checkpoints(), 0, "").all().forEach(path -> all.put(Checkpoints.step(path), path));
        all.put(lastStep(), directory.adapter());
        return all;
    }

    private long lastStep() {
        var steps = directory.steps();
        if (steps.isEmpty()) {
            throw new BadInput(directory.folder() + " has no steps: nothing was trained");
        }
        return steps.getLast().step();
    }

    private void measure(Subject subject, long step, Path folder) {
        try (var adapter = subject.adapter(folder);
                var model = subject.talking(directory.id(), adapter)) {
            directory.write(Stage.step(step), evaluation.run(model, context));
            directory.event("screened", java.util.Map.of("step", step));
        }
    }
}
