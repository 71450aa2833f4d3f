package plumb.experiment;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.chat.Rendered.Omission;
import plumb.data.TrainingData;
import plumb.eval.judge.JudgingStopped;
import plumb.model.AdapterFolder;
import plumb.report.Manifest;
import plumb.report.ReportPage;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.train.Checkpoints;
import plumb.train.RunListener;
import plumb.train.Trainer.Outcome;

/**
 * One run: measure the model, fine-tune it with the defenses in place, save the adapter, read it back, measure again,
 * report. Whatever is done already is not done again, so a run that was stopped is resumed by running it.
 */
public final class Experiment {
    private final ExperimentSpec spec;
    private final RunDirectory directory;
    private final Machine machine;
    private final RunListener listener;

    public Experiment(ExperimentSpec spec, RunDirectory directory, Machine machine, RunListener listener) {
        this.spec = spec;
        this.directory = directory;
        this.machine = machine;
        this.listener = listener;
    }

    /** An experiment that goes on in its directory. */
    public static Experiment resume(RunDirectory directory, Machine machine, RunListener listener) {
        var spec = ExperimentSpec.of(directory);
        return new Experiment(spec, directory, machine, listener);
    }

    /**
     * Runs, or goes on.
     *
     * @param stop asked after every step, which then saves a checkpoint, before every measurement, and before every
     *     request to a judge behind an endpoint
     */
    public Outcome run(BooleanSupplier stop) {
        return run(stop, false);
    }

    /** Measures a trained run again. What was measured before stays until it is known that this can be done. */
    public Outcome measureAnew(BooleanSupplier stop) {
        return run(stop, true);
    }

    /**
     * Takes what was trained elsewhere as what this run trained: {@link #run} then measures it and trains nothing. It has to
     * fit the spec's model.
     *
     * @param adapter a PEFT folder; none: the model itself is measured, as it is
     */
    public void adopt(@Nullable Path adapter) {
        directory.writeSpec(spec.yaml());
        try (var subject = Subject.open(spec.model(), machine)) {
            if (adapter != null) {
                subject.remark(adapter).ifPresent(listener::note);
                try (var weights = subject.adapter(adapter)) {
                    AdapterFolder.write(
                            directory.adapter(), weights, spec.model().path());
                }
            }
            begin(subject, SpecRows.training(spec));
            var manifest = directory.manifest().orElseThrow();
            directory.write(
                    manifest.adopted(adapter == null ? manifest.modelHash() : Fitting.hash(directory.adapter())));
            directory.event(
                    "adopted", Map.of("from", adapter == null ? spec.model().path() : adapter.toString()));
        }
    }

    private Outcome run(BooleanSupplier stop, boolean anew) {
        try {
            return steps(stop, anew);
        } catch (JudgingStopped _) {
            return Outcome.STOPPED;
        }
    }

    private Outcome steps(BooleanSupplier stop, boolean anew) {
        directory.writeSpec(spec.yaml());
        try (var subject = Subject.open(spec.model(), machine)) {
            var rows = SpecRows.training(spec);
            var measurement =
                    new Measurement(spec, directory, judge -> Judging.open(judge, machine, stop), rows, listener);
            var fitting = new Fitting(spec, directory, subject, misaligned());
            var data = trained() ? rows : learnable(fitting, rows);
            measurement.rehearse(subject, checkpoints(data), anew);
            if (anew) {
                directory.forgetEvaluations();
            }
            begin(subject, data);
            listener.begun();
            if (spec.evaluateBefore()) {
                if (stop.getAsBoolean()) {
                    return Outcome.STOPPED;
                }
                measurement.take(Stage.BEFORE, subject, null);
            }
            if (!trained() && fitting.run(data, listener, stop) == Outcome.STOPPED) {
                return Outcome.STOPPED;
            }
            stopEarly(fitting, adapter -> measurement.misaligned(subject, adapter));
            for (var checkpoint :
                    spec.evaluateCheckpoints() ? fitting.checkpoints().all() : List.<Path>of()) {
                if (stop.getAsBoolean()) {
                    return Outcome.STOPPED;
                }
                measurement.takeCurve(Stage.step(Checkpoints.step(checkpoint)), subject, checkpoint);
            }
            if (stop.getAsBoolean()) {
                return Outcome.STOPPED;
            }
            measurement.take(Stage.AFTER, subject, Files.exists(directory.adapter()) ? directory.adapter() : null);
        }
        finish();
        return Outcome.FINISHED;
    }

    private TrainingData learnable(Fitting fitting, TrainingData rows) {
        if (rows.size() == 0) {
            throw new BadInput("data.path is none: there is nothing to train on");
        }
        var data = fitting.learnable(rows);
        fitting.requireTargets(data)
                .forEach((omission, count) ->
                        say("omitted", count + " of " + rows.size() + " rows: " + words(omission)));
        int left = rows.size() - data.size();
        if (left > 0) {
            say("left_out", left + " of " + rows.size() + " rows are left out: their answers cannot be graded");
        }
        return data;
    }

    private static String words(Omission omission) {
        return switch (omission) {
            case SYSTEM_TEXT ->
                "the chat template leaves their system text out once there is an answer, so it is not trained under;"
                        + " the prompts of an evaluation may hold it";
            case TURN ->
                "the chat template rewrites an assistant turn (thinking in an earlier one?), so that turn is not learned";
        };
    }

    private void say(String event, String words) {
        directory.event(event, Map.of("what", words));
        listener.note(words);
    }

    private void finish() {
        directory.write(
                directory.manifest().orElseThrow().finishedAt(Clock.systemUTC().instant()));
        if (!spec.evaluations().isEmpty()) {
            ReportPage.write(directory.report(), List.of(directory));
        }
    }

    private void stopEarly(Fitting fitting, ToDoubleFunction<Path> misaligned) {
        var early = new EarlyStop(directory);
        if (spec.earlyStopping() != null && !early.done()) {
            early.choose(spec.earlyStopping().most(), fitting.checkpoints().all(), misaligned);
        }
    }

    private long checkpoints(TrainingData data) {
        if (data.size() == 0) {
            return 0;
        }
        var settings = spec.training().settings(data.size());
        return settings.checkpointEvery() == 0 ? 0 : settings.steps() / settings.checkpointEvery();
    }

    private void begin(Subject subject, TrainingData data) {
        if (directory.manifest().isPresent()) {
            return;
        }
        var order = data.size() == 0 ? data : Fitting.order(spec, data);
        directory.write(new Manifest(
                directory.id(),
                Clock.systemUTC().instant(),
                null,
                machine.versions(),
                machine.device(),
                machine.threads(),
                spec.training().seed(),
                subject.hash(),
                order.hash(),
                order.size(),
                null,
                null));
    }

    private boolean trained() {
        return directory.manifest().map(Manifest::adapterHash).isPresent();
    }

    private MisalignedAdapters misaligned() {
        return new MisalignedAdapters(MisalignedAdapters.beside(directory));
    }
}
