package plumb.train;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.torch.AdamW;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * Fine-tunes an adapter towards an objective, supervised unless another is named, over the training data in its order,
 * asking the hooks at each of the six moments. It
 * guarantees that the base weights do not change, that a loss or gradient that is not finite stops the run and names the
 * term, and that a run which was stopped or killed goes on from its newest checkpoint to the same adapter, bit for bit.
 */
public final class Trainer {
    /** How a run ended. */
    public enum Outcome {
        FINISHED,
        /** It was asked to stop; a checkpoint was written, and the same call goes on from it. */
        STOPPED
    }

    private final Decoder decoder;
    private final Function<TrainingData, Objective> aim;
    private final TrainingSettings settings;
    private final RunListener listener;
    private final @Nullable Checkpoints checkpoints;

    /** A trainer that keeps no checkpoints. */
    public Trainer(
            Decoder decoder, Function<Example, Rendered> rendering, TrainingSettings settings, RunListener listener) {
        this(decoder, rendering, settings, listener, null);
    }

    /**
     * A supervised trainer for one model.
     *
     * @param rendering how a conversation becomes tokens and the loss mask: the model's own chat format
     * @param checkpoints where to keep them and to look for one to go on from
     */
    public Trainer(
            Decoder decoder,
            Function<Example, Rendered> rendering,
            TrainingSettings settings,
            RunListener listener,
            @Nullable Checkpoints checkpoints) {
        this(
                decoder,
                RowsObjective.over(decoder, rendering, settings, new RowsObjective.CrossEntropy()),
                settings,
                checkpoints,
                listener);
    }

    private Trainer(
            Decoder decoder,
            Function<TrainingData, Objective> aim,
            TrainingSettings settings,
            @Nullable Checkpoints checkpoints,
            RunListener listener) {
        this.decoder = decoder;
        this.aim = aim;
        this.settings = settings;
        this.listener = listener;
        this.checkpoints = checkpoints;
    }

    /** This trainer with another objective; it is made for the data that the hooks leave. */
    public Trainer towards(Function<TrainingData, Objective> objective) {
        return new Trainer(decoder, objective, settings, checkpoints, listener);
    }

    /** Trains the adapter in place. */
    public void fit(Adapter adapter, TrainingData data, TrainingHooks hooks) {
        fit(adapter, data, hooks, () -> false);
    }

    /**
     * Trains the adapter in place. A process must not end while this runs (libtorch takes its globals away under it and
     * crashes): whoever handles an interrupt asks to stop and waits for the return. It may be called where no gradients are
     * recorded, as by a defense that needs the undefended run.
     *
     * @param stop asked after every step
     */
    public Outcome fit(Adapter adapter, TrainingData data, TrainingHooks hooks, BooleanSupplier stop) {
        var objective = aim.apply(hooks.data(data));
        var base = BaseWeights.of(decoder);
        long steps = objective.steps();
        try (var _ = Autograd.record();
                var headLoss = new HeadLoss();
                var references = new References(decoder, objective.returning());
                var optimizer = new AdamW(adapter.parameters(), settings.optimizer())) {
            var model = new RunningStep.Model(decoder, adapter, headLoss, references);
            var progress = new SavedProgress(checkpoints, fingerprint(adapter, objective, base), model, optimizer);
            long first = progress.resume();
            listener.started(objective.plan(first));
            boolean stopping = false;
            for (long index = first; index < steps; index++) {
                listener.stepped(step(index, objective, model, optimizer, hooks));
                stopping = index + 1 < steps && (stopping || stop.getAsBoolean());
                boolean whole = objective.resumable(index + 1);
                if (whole && (stopping || settings.savesAfter(index))) {
                    progress.save(index + 1, listener);
                }
                if (whole && stopping) {
                    return Outcome.STOPPED;
                }
            }
        }
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            hooks.finish(adapter);
        }
        base.requireUnchanged();
        return Outcome.FINISHED;
    }

    /**
     * What {@link #fit} would refuse, for those who have something else to do first.
     *
     * @throws IllegalArgumentException when rows have nothing to learn within the length
     */
    public void requireTargets(TrainingData data) {
        var _ = aim.apply(data);
    }

    private Fingerprint fingerprint(Adapter adapter, Objective objective, BaseWeights base) {
        return new Fingerprint(
                settings.identity() + " " + adapter.settings(),
                objective.hash(),
                base.hash(),
                checkpoints == null ? "" : checkpoints.identity());
    }

    /** A run's checkpoints, if it keeps any. */
    private record SavedProgress(
            @Nullable Checkpoints checkpoints, Fingerprint fingerprint, RunningStep.Model model, AdamW optimizer) {
        long resume() {
            return checkpoints == null
                    ? 0
                    : checkpoints.resume(fingerprint, model.decoder(), model.adapter(), optimizer);
        }

        void save(long step, RunListener listener) {
            if (checkpoints != null) {
                listener.saved(step, checkpoints.save(step, fingerprint, model.adapter(), optimizer));
            }
        }
    }

    private RunListener.StepNumbers step(
            long index, Objective objective, RunningStep.Model model, AdamW optimizer, TrainingHooks hooks) {
        long start = System.nanoTime();
        var adapter = model.adapter();
        try (var _ = new Scope()) {
            var step = new RunningStep(index, objective.batches(index, adapter), objective, model);
            var losses = new LinkedHashMap<String, List<Tensor>>();
            for (var batch : step.batches()) {
                for (var term : backward(step, batch, hooks)) {
                    losses.computeIfAbsent(term.name(), _ -> new ArrayList<>()).add(term.value());
                }
            }
            var values = finite(step, losses, model.decoder());
            double norm;
            double rate = settings.learningRate(step.index(), step.total());
            try (var _ = Autograd.pause()) {
                hooks.gradients(step, new Gradients(adapter));
                norm = Autograd.clipGradients(adapter.parameters(), settings.maxGradNorm());
                requireFinite(step, norm, adapter);
                optimizer.step(rate);
                hooks.weights(step, adapter);
            }
            adapter.clearGradients();
            double seconds = (System.nanoTime() - start) / 1e9;
            return new RunListener.StepNumbers(
                    index, step.total(), values, objective.measures(), rate, norm, step.tokens(), seconds);
        }
    }

    /** One batch forward and back; its terms come back without their gradients. */
    private static List<LossTerm> backward(RunningStep step, Batch batch, TrainingHooks hooks) {
        try (var scope = new Scope()) {
            var forward = step.forward(batch, hooks.edits(step, batch));
            var terms = new ArrayList<LossTerm>();
            terms.add(new LossTerm("task", 1, step.taskLoss(forward)));
            terms.addAll(hooks.losses(step, forward));
            var loss = terms.getFirst().value();
            for (var term : terms.subList(1, terms.size())) {
                if (term.weight() != 0) {
                    loss = loss.add(term.value(), term.weight());
                }
            }
            loss.backward();
            step.forgetReferences();
            return terms.stream()
                    .map(term -> new LossTerm(
                            term.name(), term.weight(), scope.keep(term.value().detach())))
                    .toList();
        }
    }

    /** Each term's sum over the batches of the step. */
    private static Map<String, Double> finite(Step step, Map<String, List<Tensor>> losses, Decoder decoder) {
        var sums = new LinkedHashMap<String, Double>();
        losses.forEach((name, values) -> {
            double sum = values.stream().mapToDouble(Tensor::item).sum();
            if (!Double.isFinite(sum) && step.index() == 0 && name.equals("task")) {
                throw decoder.notFinite(); // nothing has been learned yet
            }
            if (!Double.isFinite(sum)) {
                throw new ArithmeticException("loss/" + name + " became " + sum + " at step " + step.index()
                        + ": lower the learning rate, or the weight of this term");
            }
            sums.put(name, sum);
        });
        return sums;
    }

    private static void requireFinite(Step step, double norm, Adapter adapter) {
        if (Double.isFinite(norm)) {
            return;
        }
        var first = adapter.modules().stream()
                .filter(module -> {
                    var lora = java.util.Objects.requireNonNull(adapter.lora(module));
                    return !lora.a().gradient().allFinite()
                            || !lora.b().gradient().allFinite();
                })
                .findFirst();
        throw new ArithmeticException("the gradient became " + norm + " at step " + step.index() + ", first in "
                + first.orElse("the joint norm of all modules") + ": lower the learning rate");
    }
}
