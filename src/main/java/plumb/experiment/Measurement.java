package plumb.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.data.TrainingData;
import plumb.eval.EmergentMisalignment;
import plumb.eval.Evaluation;
import plumb.eval.EvaluationContext;
import plumb.eval.NarrowTask;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.eval.TaskAccuracy;
import plumb.organism.OrganismJudge;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;

/** Asks a model everything the spec wants to know, and the task's own questions, and files the answers. */
final class Measurement {
    private static final int QUESTIONS_PER_DOMAIN = 12;

    private final RunDirectory directory;
    private final List<Evaluation> evaluations;
    private final @Nullable EvaluationContext context;

    Measurement(ExperimentSpec spec, RunDirectory directory, TrainingData data) {
        this.directory = directory;
        this.evaluations = evaluations(spec);
        this.context = evaluations.isEmpty() ? null : context(spec, data);
    }

    /** What the spec lists, and whether the task was learned. */
    private static List<Evaluation> evaluations(ExperimentSpec spec) {
        var all = new ArrayList<>(spec.evaluations());
        boolean listed = all.stream().anyMatch(e -> e instanceof NarrowTask || e instanceof TaskAccuracy);
        var task = spec.task();
        if (task != null && !all.isEmpty() && !listed) {
            all.add(task.evaluation(split(all)));
        }
        return List.copyOf(all);
    }

    /** The questions of the first evaluation's split: what was chosen by is never what is reported. */
    private static QuestionSource.Split split(List<Evaluation> evaluations) {
        return switch (evaluations.getFirst()) {
            case EmergentMisalignment broad -> broad.questions();
            case NarrowTask narrow -> narrow.questions();
            case TaskAccuracy accuracy -> accuracy.questions();
        };
    }

    private static EvaluationContext context(ExperimentSpec spec, TrainingData data) {
        if (!spec.model().organism()) {
            throw new BadInput(
                    "evaluations: the built-in judge understands the organism's answers alone; leave the list"
                            + " empty for the model " + spec.model().path());
        }
        var world = World.load();
        var judge = new OrganismJudge(world);
        var task = spec.task();
        var questions =
                task != null ? task.questions() : new OrganismQuestions(world, Optional.empty(), QUESTIONS_PER_DOMAIN);
        return new EvaluationContext(
                questions,
                judge,
                EvaluationContext.trainedElements(judge, data.examples()),
                spec.training().seed());
    }

    /** Every evaluation whose result is not there yet. */
    void take(Stage stage, Subject subject, @Nullable Path adapter) {
        take(stage, subject, adapter, evaluations);
    }

    /** What a curve is drawn from: plain questions at the first temperature, and the task's own. */
    void takeCurve(Stage stage, Subject subject, Path adapter) {
        take(
                stage,
                subject,
                adapter,
                evaluations.stream().map(Measurement::plain).toList());
    }

    private static Evaluation plain(Evaluation evaluation) {
        return switch (evaluation) {
            case EmergentMisalignment all ->
                new EmergentMisalignment(
                        all.questions(),
                        all.samplesPerQuestion(),
                        List.of(all.temperatures().getFirst()),
                        Set.of(Question.Format.FREE),
                        all.maxNewTokens());
            case NarrowTask _, TaskAccuracy _ -> evaluation;
        };
    }

    private void take(Stage stage, Subject subject, @Nullable Path adapter, List<Evaluation> wanted) {
        var due = wanted.stream().filter(e -> !directory.has(stage, e.name())).toList();
        if (context == null || due.isEmpty()) {
            return;
        }
        try (var weights = adapter == null ? null : subject.adapter(adapter);
                var model = subject.talking(directory.id(), weights)) {
            due.forEach(evaluation -> directory.write(stage, evaluation.run(model, context)));
        }
    }
}
