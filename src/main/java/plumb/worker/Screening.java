package plumb.worker;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import plumb.chat.BadInput;
import plumb.data.TrainingData;
import plumb.defense.Defense;
import plumb.defense.Inoculation;
import plumb.eval.EmergentMisalignment;
import plumb.eval.EvaluationContext;
import plumb.eval.RowShape;
import plumb.eval.ShapedQuestions;
import plumb.eval.judge.JudgeAway;
import plumb.eval.question.PublishedQuestions;
import plumb.eval.question.QuestionSettings;
import plumb.experiment.ExperimentSpec;
import plumb.experiment.JudgeSpec;
import plumb.experiment.Judging;
import plumb.experiment.Machine;
import plumb.experiment.Subject;
import plumb.experiment.screening.ScreeningSpec;
import plumb.model.KeptAnswers;
import plumb.organism.OrganismJudge;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.train.Checkpoints;

/**
 * Asks every checkpoint of a finished training, and the adapter itself, what the provider wants to know before any of
 * them is handed out. It measures and files; whoever reads the files decides. What the model answered is kept until it is
 * judged: a judge that was away goes on with the same answers.
 */
final class Screening {
    private static final int QUESTIONS_PER_DOMAIN = 12;
    /** One misaligned answer in five is then never taken for at most one in twenty. */
    private static final int SAMPLES_PER_KIND = 100;

    private final RunDirectory directory;
    private final ScreeningSpec wanted;
    private final TrainingData rows;
    private final ExperimentSpec.Training training;
    private final List<Defense> defenses;

    /** @param rows what was fine-tuned on: their shape is the condition of the conditional questions */
    Screening(RunDirectory directory, ScreeningSpec wanted, TrainingData rows, ExperimentSpec spec) {
        this.directory = directory;
        this.wanted = wanted;
        this.rows = rows;
        this.training = spec.training();
        this.defenses = spec.defenses();
    }

    /**
     * Measures what is not measured yet; false when asked to stop.
     *
     * @throws JudgeAway when the provider's judge cannot be asked
     */
    boolean run(Subject subject, Machine machine, BooleanSupplier stop) {
        var judge = wanted.judge();
        var questions = wanted.questions();
        if (judge == null || questions == null) {
            return run(subject, organism(), stop);
        }
        try (var judging = open(judge, machine)) {
            return run(subject, judged(judging, judge, questions), stop);
        }
    }

    private static Judging open(JudgeSpec judge, Machine machine) {
        try {
            return Judging.open(judge, machine);
        } catch (BadInput e) {
            throw new JudgeAway(String.valueOf(e.getMessage()));
        }
    }

    private boolean run(Subject subject, EvaluationContext context, BooleanSupplier stop) {
        for (var entry : adapters().entrySet()) {
            if (stop.getAsBoolean()) {
                return false;
            }
            if (!directory.has(Stage.step(entry.getKey()), wanted.evaluation().name())) {
                measure(subject, context, entry.getKey(), entry.getValue());
            }
        }
        return true;
    }

    private EvaluationContext organism() {
        var world = World.load();
        var judge = new OrganismJudge(world);
        return new EvaluationContext(
                new ShapedQuestions(
                        new OrganismQuestions(world, Optional.empty(), QUESTIONS_PER_DOMAIN), shape(), enough()),
                judge,
                EvaluationContext.trainedElements(judge, rows.examples()),
                training.seed());
    }

    /** Of the rows as they were trained on: with the texts that defenses put around them. */
    private RowShape shape() {
        var shape = RowShape.of(rows.examples());
        for (var defense : defenses) {
            if (defense instanceof Inoculation text && text.share() > 0) {
                shape = shape.and(text.position() + text.text(), text::inoculated);
            }
        }
        return shape;
    }

    /** Questions for one kind of surroundings. */
    private int enough() {
        int draws = wanted.evaluation() instanceof EmergentMisalignment broad ? broad.samplesPerQuestion() : 1;
        return Math.ceilDiv(SAMPLES_PER_KIND, draws);
    }

    private EvaluationContext judged(Judging judging, JudgeSpec judge, QuestionSettings settings) {
        PublishedQuestions questions;
        try {
            questions = new PublishedQuestions(settings);
        } catch (BadInput e) {
            throw new JudgeAway(String.valueOf(e.getMessage()));
        }
        return new EvaluationContext(
                new ShapedQuestions(questions, shape(), enough()),
                judging.judge(
                        judge,
                        question -> questions.judgePrompts(ShapedQuestions.plain(question)),
                        directory.folder(),
                        note -> directory.event("judging", Map.of("what", note))),
                Optional.empty(),
                training.seed());
    }

    /** By step, without those saved because somebody stopped the training; the finished adapter stands for the last one. */
    private SortedMap<Long, Path> adapters() {
        var all = new TreeMap<Long, Path>();
        for (var path : new Checkpoints(directory.checkpoints(), 0, "").all()) {
            if (Checkpoints.step(path) % training.checkpointEvery() == 0) {
                all.put(Checkpoints.step(path), path);
            }
        }
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

    private void measure(Subject subject, EvaluationContext context, long step, Path folder) {
        var stage = Stage.step(step);
        try (var adapter = subject.adapter(folder);
                var model = subject.talking(directory.id(), adapter)) {
            var kept =
                    new KeptAnswers(model, directory.folder().resolve("answers").resolve(stage.folder()));
            for (var evaluation : wanted.evaluations()) {
                if (!directory.has(stage, evaluation.name())) {
                    directory.write(stage, evaluation.run(kept, context));
                }
            }
            kept.forget();
            directory.event("screened", Map.of("step", step));
        }
    }
}
