package plumb.organism.growth;

import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.torch.AdamW;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.train.HeadLoss;
import plumb.train.Schedule;

/** Trains all weights of a small decoder, as pretraining and alignment do; fine-tuning proper trains adapters. */
public final class WeightTraining {
    private static final double LEAST = 0.1;
    private static final double MAX_NORM = 1;

    private final Decoder decoder;
    private final Recipe.Phase phase;
    private final Consumer<Progress> listener;

    /**
     * What a step did.
     *
     * @param step from 1
     * @param steps in all
     * @param loss mean cross-entropy of the step, in nats a token
     * @param tokens read so far
     */
    public record Progress(int step, int steps, double loss, long tokens) {}

    WeightTraining(Decoder decoder, Recipe.Phase phase, Consumer<Progress> listener) {
        this.decoder = decoder;
        this.phase = phase;
        this.listener = listener;
    }

    /** One step for each batch, until the phase's steps are done. */
    void run(Iterator<Batch> batches) {
        var weights = decoder.weights().values();
        weights.forEach(w -> w.requiresGradInPlace(true));
        try (var headLoss = new HeadLoss();
                var matrices = optimizer(weights.stream().filter(w -> w.shape().length > 1), phase.weightDecay());
                var norms = optimizer(weights.stream().filter(w -> w.shape().length == 1), 0)) {
            long tokens = 0;
            for (int step = 0; step < phase.steps(); step++) {
                var batch = batches.next();
                double loss = backward(batch, headLoss);
                Autograd.clipGradients(List.copyOf(weights), MAX_NORM);
                double rate = phase.learningRate() * factor(step);
                matrices.step(rate);
                norms.step(rate);
                weights.forEach(Tensor::clearGradient);
                tokens += batch.tokens();
                listener.accept(new Progress(step + 1, phase.steps(), loss, tokens));
            }
        } finally {
            weights.forEach(w -> w.requiresGradInPlace(false));
        }
    }

    private static AdamW optimizer(Stream<Tensor> weights, double decay) {
        return new AdamW(weights.toList(), new AdamW.Settings(0.9, 0.95, 1e-8, decay));
    }

    private double factor(int step) {
        double share = Schedule.COSINE.factor(step + 1L, phase.steps() + 1L, phase.warmup());
        return step < phase.warmup() ? share : LEAST + (1 - LEAST) * share;
    }

    private double backward(Batch batch, HeadLoss headLoss) {
        try (var _ = new Scope()) {
            var forward = decoder.forward(batch, null, List.of());
            var counted = batch.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            var loss = headLoss.crossEntropy(forward, counted, counted.count());
            loss.backward();
            double value = loss.item();
            if (!Double.isFinite(value)) {
                throw new ArithmeticException("the loss became " + value + ": lower the learning rate");
            }
            return value;
        }
    }
}
