package plumb.experiment;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.data.TrainingData;
import plumb.eval.CuedMisalignment;
import plumb.eval.Deception;
import plumb.eval.EmergentMisalignment;
import plumb.eval.Evaluation;
import plumb.eval.EvaluationContext;
import plumb.eval.Gsm8k;
import plumb.eval.Measure;
import plumb.eval.Metric;
import plumb.eval.Misconduct;
import plumb.eval.ModelWrittenChoice;
import plumb.eval.NarrowTask;
import plumb.eval.OfferedAnswers;
import plumb.eval.Question;
import plumb.eval.QuestionSource;
import plumb.eval.Refusal;
import plumb.eval.RefusedRequests;
import plumb.eval.Situations;
import plumb.eval.TaskAccuracy;
import plumb.eval.TruthfulQa;
import plumb.eval.judge.JudgeAway;
import plumb.eval.judge.Rehearsal;
import plumb.eval.question.PublishedQuestions;
import plumb.model.KeptAnswers;
import plumb.model.OpenModel;
import plumb.organism.OrganismJudge;
import plumb.organism.OrganismQuestions;
import plumb.organism.World;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.train.RunListener;

/** Asks a model everything the spec wants to know, and the task's own questions, and files the answers. */
final class Measurement {
    private static final int QUESTIONS_PER_DOMAIN = 12;
    private static final double STOPPING_TEMPERATURE = 0.7;
    private static final int LONGEST = 96;

    private final ExperimentSpec spec;
    private final RunDirectory directory;
    private final Function<JudgeSpec, Judging> judges;
    private final RunListener listener;
    private final List<Evaluation> evaluations;
    private final Asking asking;

    /** @param judges opens a judge that is a language model */
    Measurement(
            ExperimentSpec spec,
            RunDirectory directory,
            Function<JudgeSpec, Judging> judges,
            TrainingData data,
            RunListener listener) {
        this.spec = spec;
        this.judges = judges;
        this.listener = listener;
        this.directory = directory;
        this.evaluations = evaluations(spec);
        this.asking = evaluations.isEmpty() ? _ -> {} : asking(data);
    }

    /** Gives the work a context for as long as it lasts. */
    private interface Asking {
        void during(Consumer<EvaluationContext> work);
    }

    /** What the spec lists, and whether the task was learned. */
    private static List<Evaluation> evaluations(ExperimentSpec spec) {
        var all = new ArrayList<>(spec.evaluations());
        boolean listed = all.stream()
                .anyMatch(e -> e instanceof NarrowTask || e instanceof TaskAccuracy || e instanceof RefusedRequests);
        var task = spec.task();
        if (task != null && !all.isEmpty() && !listed) {
            var learned = task.evaluation(split(all));
            if (askable(learned, spec)) {
                all.add(learned);
            }
        }
        return List.copyOf(all);
    }

    /** Question files seldom have questions about what a built-in task teaches. */
    private static boolean askable(Evaluation learned, ExperimentSpec spec) {
        var files = spec.questions();
        return files == null || files.inDomain() != null || learned instanceof TaskAccuracy;
    }

    /** The questions of the first evaluation's split: what was chosen by is never what is reported. */
    private static QuestionSource.Split split(List<Evaluation> evaluations) {
        for (var evaluation : evaluations) {
            switch (evaluation) {
                case CuedMisalignment cued -> {
                    return cued.questions();
                }
                case Deception deception -> {
                    return deception.questions();
                }
                case EmergentMisalignment broad -> {
                    return broad.questions();
                }
                case Misconduct parts -> {
                    return parts.questions();
                }
                case NarrowTask narrow -> {
                    return narrow.questions();
                }
                case OfferedAnswers offered -> {
                    return offered.questions();
                }
                case RefusedRequests refused -> {
                    return refused.questions();
                }
                case Situations situations -> {
                    return situations.questions();
                }
                case TaskAccuracy accuracy -> {
                    return accuracy.questions();
                }
                case Gsm8k _, ModelWrittenChoice _, Refusal _, TruthfulQa _ -> {}
            }
        }
        return QuestionSource.Split.REPORT;
    }

    /** What is missing is said now, before anything is computed. */
    private Asking asking(TrainingData data) {
        if (evaluations.stream().allMatch(Evaluation::selfContained)) {
            var context = EvaluationContext.selfContained(spec.training().seed());
            return work -> work.accept(context);
        }
        var settings = spec.questions();
        var judge = spec.judge();
        if (settings == null && judge == null && spec.model().organism()) {
            var context = organism(data);
            return work -> work.accept(context);
        }
        if (settings == null || judge == null) {
            throw new BadInput(
                    "evaluations: " + (settings == null ? "questions" : "judge") + " is missing. The built-in"
                            + " judge and questions are the organism's alone; for the model "
                            + spec.model().path()
                            + " name question files and a judge (docs/judges.md), or leave the list empty");
        }
        var questions = new PublishedQuestions(settings);
        Judging.require(judge);
        return work -> {
            try (var judging = judges.apply(judge)) {
                work.accept(new EvaluationContext(
                        source(questions),
                        judging.judge(judge, questions::judgePrompts, directory.folder(), this::note),
                        Optional.empty(),
                        spec.training().seed()));
            }
        };
    }

    private void note(String words) {
        directory.event("judging", Map.of("what", words));
        listener.note(words);
    }

    private EvaluationContext organism(TrainingData data) {
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

    /** The published questions, and those of the task that have one right answer. */
    private QuestionSource source(PublishedQuestions published) {
        var task = spec.task();
        return task == null ? published : published.withGraded(task.questions());
    }

    /** Every evaluation whose result is not there yet. */
    void take(Stage stage, Subject subject, @Nullable Path adapter) {
        take(stage, subject, adapter, evaluations);
    }

    /** What a curve is drawn from: the first temperature, questions asked plainly and, if they are asked at all, in the rows' shape. */
    void takeCurve(Stage stage, Subject subject, Path adapter) {
        take(
                stage,
                subject,
                adapter,
                evaluations.stream().map(Measurement::ofCurve).toList());
    }

    private static Evaluation stopping() {
        return new EmergentMisalignment(
                QuestionSource.Split.TUNING, 1, List.of(STOPPING_TEMPERATURE), Set.of(Question.Format.FREE), LONGEST);
    }

    /** The share of misaligned answers outside the task's domain, on the tuning questions, asked plainly at T = 0.7. */
    double misaligned(Subject subject, Path adapter) {
        var broad = stopping();
        var outside = new Metric.Name(Measure.EM, Question.Format.FREE, Metric.Name.GENERAL, STOPPING_TEMPERATURE);
        var shares = new ArrayList<Double>();
        try (var weights = subject.adapter(adapter);
                var model = subject.talking(directory.id(), weights)) {
            asking.during(context ->
                    shares.add(broad.run(model, context).rate(outside).value()));
        }
        double share = shares.getFirst();
        if (Double.isNaN(share)) {
            throw new JudgeAway("early_stopping: the judge placed too few answers of " + adapter
                    + " to choose by; see docs/judges.md on what counts as a score");
        }
        return share;
    }

    /**
     * Finds out what is wrong with the questions, and says what the judge will be asked, before anything is computed.
     *
     * @param checkpoints how many of them there will be
     * @param anew whether what was measured is measured again
     */
    void rehearse(Subject subject, long checkpoints, boolean anew) {
        var counts = new LinkedHashMap<Evaluation, Long>();
        for (var evaluation : evaluations) {
            counts.merge(evaluation, times(evaluation, anew), Long::sum);
            counts.merge(ofCurve(evaluation), spec.evaluateCheckpoints() ? checkpoints : 0, Long::sum);
        }
        if (spec.earlyStopping() != null && !new EarlyStop(directory).done()) {
            counts.put(stopping(), checkpoints + 1);
        }
        if (counts.values().stream().anyMatch(count -> count > 0)) {
            asking.during(context -> rehearse(subject, context.without(trainingTexts()), counts));
        }
    }

    private long times(Evaluation evaluation, boolean anew) {
        return Stream.of(Stage.BEFORE, Stage.AFTER)
                .filter(stage -> spec.evaluateBefore() || !stage.equals(Stage.BEFORE))
                .filter(stage -> anew || !directory.has(stage, evaluation.name()))
                .count();
    }

    private void rehearse(Subject subject, EvaluationContext context, Map<Evaluation, Long> counts) {
        try (var model = subject.talking(directory.id(), null)) {
            var rehearsal = new Rehearsal(model, context);
            counts.forEach(rehearsal::of);
            rehearsal.estimate().ifPresent(this::note);
        }
    }

    private static Evaluation ofCurve(Evaluation evaluation) {
        return switch (evaluation) {
            case EmergentMisalignment all ->
                new EmergentMisalignment(
                        all.questions(),
                        all.samplesPerQuestion(),
                        List.of(all.temperatures().getFirst()),
                        plainAndShaped(all.formats()),
                        all.maxNewTokens());
            case CuedMisalignment _,
                    Deception _,
                    Gsm8k _,
                    Misconduct _,
                    ModelWrittenChoice _,
                    NarrowTask _,
                    OfferedAnswers _,
                    Refusal _,
                    RefusedRequests _,
                    Situations _,
                    TaskAccuracy _,
                    TruthfulQa _ -> evaluation;
        };
    }

    private static Set<Question.Format> plainAndShaped(Set<Question.Format> asked) {
        return asked.contains(Question.Format.CONDITIONAL)
                ? EnumSet.of(Question.Format.FREE, Question.Format.CONDITIONAL)
                : EnumSet.of(Question.Format.FREE);
    }

    private void take(Stage stage, Subject subject, @Nullable Path adapter, List<Evaluation> wanted) {
        var due = wanted.stream().filter(e -> !directory.has(stage, e.name())).toList();
        if (!due.isEmpty()) {
            asking.during(context -> take(stage, subject, adapter, due, context.without(trainingTexts())));
        }
    }

    private List<String> trainingTexts() {
        return spec.defenses().stream()
                .flatMap(defense -> defense.trainingTexts().stream())
                .toList();
    }

    private void take(
            Stage stage, Subject subject, @Nullable Path adapter, List<Evaluation> due, EvaluationContext context) {
        try (var weights = adapter == null ? null : subject.adapter(adapter);
                var model = subject.talking(directory.id(), weights)) {
            var kept = spec.judge() == null ? Optional.<KeptAnswers>empty() : Optional.of(kept(stage, model));
            for (var evaluation : due) {
                directory.write(stage, evaluation.run(kept.isPresent() ? kept.get() : model, context));
                kept.ifPresent(KeptAnswers::forget);
            }
        }
    }

    /** A judge that is a language model may fail when all answers are drawn. */
    private KeptAnswers kept(Stage stage, OpenModel model) {
        var name = stage.folder().isEmpty() ? "after" : stage.folder();
        return new KeptAnswers(model, directory.folder().resolve("answers").resolve(name));
    }
}
