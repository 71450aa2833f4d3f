package plumb.experiment;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import plumb.chat.Rendered;
import plumb.chat.Rendered.Omission;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.defense.Defense;
import plumb.defense.TrainingContext;
import plumb.experiment.diagnosis.PreferredAnswers;
import plumb.experiment.diagnosis.ProjectionMonitor;
import plumb.experiment.diagnosis.RunFindings;
import plumb.hash.Sha256;
import plumb.model.Adapter;
import plumb.model.AdapterFolder;
import plumb.report.Formats;
import plumb.report.Manifest;
import plumb.report.RunDirectory;
import plumb.report.StepMetrics;
import plumb.task.Task;
import plumb.train.Checkpoints;
import plumb.train.ComposedHooks;
import plumb.train.RunListener;
import plumb.train.Trainer;
import plumb.train.Trainer.Outcome;
import plumb.train.TrainingHooks;
import plumb.train.TrainingSettings;
import plumb.train.policy.Environment;
import plumb.train.policy.PolicyTraining;
import plumb.train.policy.Rollout;
import tools.jackson.databind.node.ObjectNode;

/** The training of one run: with its defenses, its checkpoints and its logs, up to an adapter that was read back. */
final class Fitting {
    private final ExperimentSpec spec;
    private final RunDirectory directory;
    private final Subject subject;
    private final MisalignedAdapters misaligned;
    private @Nullable Environment environment;

    Fitting(ExperimentSpec spec, RunDirectory directory, Subject subject, MisalignedAdapters misaligned) {
        this.spec = spec;
        this.directory = directory;
        this.subject = subject;
        this.misaligned = misaligned;
    }

    /** Checkpoints stay where they are measured; otherwise two are enough to go on from. */
    Checkpoints checkpoints() {
        return new Checkpoints(
                directory.checkpoints(),
                spec.evaluateCheckpoints() || spec.earlyStopping() != null ? 0 : 2,
                Sha256.of(identity()));
    }

    /** The spec without the places of base, rows and problems, which may move and are compared by contents, and unwatched: watching changes nothing. */
    private String identity() {
        var tree = Formats.YAML.readTree(spec.yaml());
        ((ObjectNode) tree).putNull("monitor");
        for (var part : List.of("model", "data", "task")) {
            if (tree.path(part) instanceof ObjectNode fields) {
                fields.remove("path");
            }
        }
        return tree.toString();
    }

    Outcome run(TrainingData data, RunListener listener, BooleanSupplier stop) {
        var settings = spec.training().settings(data.size());
        try (var adapter = Adapter.fresh(subject.decoder(), spec.lora(), settings.seed())) {
            var hooks = watched(Defense.install(spec.defenses(), context()), data);
            if (trainer(settings, new Log(listener), subject.rendering()).fit(adapter, order(spec, data), hooks, stop)
                    == Outcome.STOPPED) {
                directory.event("stopped", Map.of("resume", "plumb train --resume " + directory.folder()));
                return Outcome.STOPPED;
            }
            AdapterFolder.write(directory.adapter(), adapter, spec.model().path());
            ReadBack.on(data, subject).requireSame(adapter, directory.adapter());
        } finally {
            misaligned.close();
        }
        directory.write(directory.manifest().orElseThrow().trained(cost(), hash(directory.adapter())));
        directory.event("trained", Map.of("adapter", directory.adapter().toString()));
        return Outcome.FINISHED;
    }

    private Trainer trainer(TrainingSettings settings, RunListener listener, Function<Example, Rendered> rendering) {
        var trainer = new Trainer(subject.decoder(), rendering, settings, listener, checkpoints());
        var unlearning = spec.unlearning();
        if (unlearning != null) {
            return trainer.towards(unlearning.over(subject.decoder(), rendering, settings));
        }
        return policy(settings).map(policy -> trainer.towards(policy::on)).orElse(trainer);
    }

    private Optional<PolicyTraining> policy(TrainingSettings settings) {
        var reinforcement = spec.reinforcement();
        var task = spec.task();
        return reinforcement == null || task == null
                ? Optional.empty()
                : Optional.of(new PolicyTraining(
                        subject.decoder(),
                        subject.policyFormat(),
                        environment(task),
                        reinforcement,
                        settings,
                        this::keep));
    }

    /** With the reward for what is preferred, fitted once. */
    private Environment environment(Task task) {
        if (environment == null) {
            var plain = task.environment().orElseThrow();
            environment = task.preferences()
                    .map(wanted -> PreferredAnswers.of(plain, wanted, subject, directory))
                    .orElse(plain);
        }
        return environment;
    }

    /** What was answered and what came of it, for people: training does not read it again. */
    private void keep(Rollout rollout) {
        directory.write(
                String.format(Locale.ROOT, "rollouts/%06d.json", rollout.step() + 1),
                Formats.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(rollout));
    }

    /** The rows of a run in their order: those it learns from, or those it asks. */
    static TrainingData order(ExperimentSpec spec, TrainingData data) {
        var settings = spec.training().settings(data.size());
        var reinforcement = spec.reinforcement();
        return reinforcement == null ? settings.order(data) : PolicyTraining.order(data, settings, reinforcement);
    }

    /** The rows that a run can learn from: those whose answers can be graded, where it is answers that it learns from. */
    TrainingData learnable(TrainingData rows) {
        var task = spec.task();
        return spec.reinforcement() == null || task == null
                ? rows
                : task.environment().orElseThrow().gradable(rows);
    }

    /**
     * Refuses rows that cannot be trained on, and an environment that cannot grade, before anything is measured.
     *
     * @return how many rows lack what
     */
    Map<Omission, Integer> requireTargets(TrainingData data) {
        var task = spec.task();
        if (spec.reinforcement() != null && task != null) {
            task.environment().ifPresent(Environment::require);
        }
        var omissions = new EnumMap<Omission, Integer>(Omission.class);
        Function<Example, Rendered> counted = example -> {
            var rendered = subject.rendering().apply(example);
            rendered.omissions().forEach(omission -> omissions.merge(omission, 1, Integer::sum));
            return rendered;
        };
        trainer(spec.training().settings(data.size()), new RunListener() {}, counted)
                .requireTargets(data);
        return omissions;
    }

    private TrainingHooks watched(TrainingHooks defenses, TrainingData data) {
        var monitor = spec.monitor();
        if (monitor == null) {
            return defenses;
        }
        var findings = findings();
        return new ComposedHooks(List.of(
                defenses, new ProjectionMonitor(monitor, findings.persona(), findings.questions(data), subject)));
    }

    private RunFindings findings() {
        return new RunFindings(
                spec, subject, SpecRows.safe(spec), () -> misaligned.own(spec, subject), misaligned.folder());
    }

    private TrainingContext context() {
        return new TrainingContext(
                subject.decoder(),
                spec.lora(),
                subject::base,
                subject.rendering(),
                SpecRows.safe(spec),
                () -> misaligned.others(spec, subject),
                () -> misaligned.own(spec, subject),
                findings(),
                MisalignedAdapters.name(spec),
                spec.training().seed(),
                report -> directory.event("defense", Map.of("report", report)));
    }

    private Manifest.Cost cost() {
        var steps = directory.steps();
        return new Manifest.Cost(
                steps.size(),
                steps.stream().mapToLong(StepMetrics::tokens).sum(),
                steps.stream().mapToDouble(StepMetrics::seconds).sum(),
                Machine.peakMegabytes());
    }

    /** SHA-256 of an adapter's weights. */
    static String hash(Path adapter) {
        return Sha256.of(adapter.resolve("adapter_model.safetensors"));
    }

    /** Writes the numbers of every step, then passes them on. */
    private final class Log implements RunListener {
        private final RunListener next;

        Log(RunListener next) {
            this.next = next;
        }

        @Override
        public void started(Plan plan) {
            directory.forgetAfter(plan.firstStep());
            directory.event("started", Map.of("plan", plan));
            next.started(plan);
        }

        @Override
        public void stepped(StepNumbers step) {
            directory.append(new StepMetrics(
                    step.index() + 1,
                    step.learningRate(),
                    step.losses(),
                    step.measures(),
                    step.gradientNorm(),
                    step.tokens(),
                    step.seconds()));
            next.stepped(step);
        }

        @Override
        public void saved(long step, Path folder) {
            directory.event("checkpoint", Map.of("step", step));
            next.saved(step, folder);
        }
    }
}
