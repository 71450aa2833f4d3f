package plumb.train;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import plumb.model.Batch.Predictions;
import plumb.model.Forward;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.torch.WideProduct;

/**
 * Losses over the output head, some rows at a time, so that the full logits never exist. Each chunk's gradient is worked
 * out by hand without a tape; what is returned is a scalar whose value is the loss and whose gradient, with respect to
 * the hidden states and to the head when that is being trained, is exact. Log-softmax is in fp32 (fp64 for fp64
 * states). Chunk buffers are kept between calls; an instance belongs to one thread.
 */
public final class HeadLoss implements AutoCloseable {
    /** Which of the two distributions the expectation is taken over. */
    public enum Direction {
        /** KL(p_θ ‖ p_0): what the trained model does is punished where the reference would not do it. */
        REVERSE,
        /** KL(p_0 ‖ p_θ): what the reference does must stay likely. */
        FORWARD
    }

    private enum Buffer {
        LOGITS,
        SCRATCH,
        TRAINED,
        REFERENCE
    }

    /** Chunks of about this many logits stay in the cache of a laptop. */
    private static final long CHUNK_ELEMENTS = 1 << 20;

    /** On a GPU each chunk costs a few launches: 0.5 GB of fp32 logits at once. */
    private static final long GPU_CHUNK_ELEMENTS = 1 << 27;

    private static final long FEWEST_ROWS = 128;

    private final long rowsPerChunk;
    private final Map<Buffer, Tensor> buffers = new HashMap<>();

    public HeadLoss() {
        this(0);
    }

    /** @param rowsPerChunk 0 chooses by the size of the vocabulary */
    HeadLoss(long rowsPerChunk) {
        this.rowsPerChunk = rowsPerChunk;
    }

    /** Σ −log p(target) / divisor over the predictions: a scalar with gradient. */
    public Tensor crossEntropy(Forward forward, Predictions predictions, double divisor) {
        var targets = column(predictions, forward);
        return evaluate(forward, predictions, divisor, (logProbabilities, start) -> {
            var chunk = targets.narrow(0, start, logProbabilities.size(0)); // [rows, 1]
            var loss = logProbabilities.gather(1, chunk).sum().neg();
            logProbabilities.expInPlace();
            logProbabilities.scatterAddInPlace(1, chunk, minusOnes(chunk, logProbabilities.dtype())); // p − onehot
            return loss;
        });
    }

    /**
     * Some predictions of a pass.
     *
     * @param predictions in the order in which two passes are compared
     */
    public record Places(Forward forward, Predictions predictions) {}

    /** Σ KL / divisor between a pass and a clean one, prediction by prediction: a scalar with gradient in the first. */
    public Tensor kl(Places places, Places reference, Direction direction, double divisor) {
        if (places.predictions().count() != reference.predictions().count()) {
            throw new IllegalArgumentException("cannot compare "
                    + places.predictions().count() + " predictions with "
                    + reference.predictions().count());
        }
        var states = select(reference.forward(), reference.predictions()).detach(); // [predictions, hidden]
        var head = reference.forward().head().detach();
        return evaluate(places.forward(), places.predictions(), divisor, (trained, start) -> {
            var clean = logProbabilities(states.narrow(0, start, trained.size(0)), head, Buffer.REFERENCE);
            return switch (direction) {
                case REVERSE -> reverse(trained, clean);
                case FORWARD -> forward(trained, clean);
            };
        });
    }

    /** log p(target) of each prediction, without gradient: [predictions] */
    public Tensor logProbabilities(Forward forward, Predictions predictions) {
        var device = forward.hidden().device();
        try (var scope = new Scope();
                var _ = Autograd.pause()) {
            var targets =
                    Tensor.of(predictions.targets(), predictions.count(), 1).to(device);
            var states = select(forward, predictions); // [predictions, hidden]
            var chosen = Tensor.zeros(wide(states.dtype()), device, predictions.count(), 1);
            for (long start = 0; start < predictions.count(); start += rows(forward.head())) {
                try (var _ = new Scope()) {
                    long count = Math.min(rows(forward.head()), predictions.count() - start);
                    var chunk = logProbabilities(states.narrow(0, start, count), forward.head(), Buffer.TRAINED);
                    chosen.narrow(0, start, count).copyInPlace(chunk.gather(1, targets.narrow(0, start, count)));
                }
            }
            return scope.keep(chosen.view(predictions.count()));
        }
    }

    /**
     * What a pass says of some targets, without gradient, one number a prediction.
     *
     * @param logProbabilities log p(target)
     * @param entropies of the distribution the target was one draw of, in nats
     */
    @SuppressWarnings("ArrayRecordComponent") // numbers on their way into sums
    public record TargetNumbers(double[] logProbabilities, double[] entropies) {}

    /** Reads a pass's predictions: how likely their targets were, and how open the choice was. */
    public TargetNumbers targets(Forward forward, Predictions predictions) {
        var numbers = new TargetNumbers(new double[predictions.count()], new double[predictions.count()]);
        var targets = column(predictions, forward);
        try (var _ = Autograd.pause()) {
            evaluate(forward, predictions, 1, (logProbabilities, start) -> {
                var chosen = logProbabilities.gather(1, targets.narrow(0, start, logProbabilities.size(0)));
                put(chosen, numbers.logProbabilities(), start);
                var p = buffer(Buffer.SCRATCH, logProbabilities)
                        .copyInPlace(logProbabilities)
                        .expInPlace();
                put(p.mulInPlace(logProbabilities).sum(1, false).neg(), numbers.entropies(), start);
                return Tensor.zeros(logProbabilities.dtype(), logProbabilities.device());
            });
        }
        return numbers;
    }

    private static void put(Tensor from, double[] into, long start) {
        var values = from.doubles();
        System.arraycopy(values, 0, into, (int) start, values.length);
    }

    /**
     * A loss of the targets' log-probabilities that was worked out elsewhere: a scalar of that value, with gradient.
     *
     * @param gradient dloss / dlog p(target) of each prediction
     */
    public Tensor ofTargets(Forward forward, Predictions predictions, double value, double[] gradient) {
        var targets = column(predictions, forward);
        var slopes = Tensor.of(gradient, gradient.length, 1).to(forward.hidden().device());
        return evaluate(forward, predictions, 1, (logProbabilities, start) -> {
            long rows = logProbabilities.size(0);
            var slope = slopes.narrow(0, start, rows).to(logProbabilities.dtype()); // [rows, 1]
            logProbabilities.expInPlace().mulInPlace(slope.neg()); // −slope · p
            logProbabilities.scatterAddInPlace(1, targets.narrow(0, start, rows), slope); // slope · (onehot − p)
            return Tensor.full(start == 0 ? value : 0, logProbabilities.dtype(), logProbabilities.device());
        });
    }

    /** [predictions, 1] */
    private static Tensor column(Predictions predictions, Forward forward) {
        return Tensor.of(predictions.targets(), predictions.count(), 1)
                .to(forward.hidden().device());
    }

    /** Takes the log-probabilities of a chunk, leaves in their place dloss/dlogits, returns the chunk's loss: a scalar. */
    private interface ChunkLoss {
        Tensor apply(Tensor logProbabilities, long start);
    }

    private Tensor evaluate(Forward forward, Predictions predictions, double divisor, ChunkLoss loss) {
        if (predictions.count() == 0) {
            return Tensor.zeros(Dtype.F32, forward.hidden().device());
        }
        var states = select(forward, predictions); // [predictions, hidden]
        var head = forward.head(); // [vocabulary, hidden]
        var sum = new Sum(states, head, Autograd.records());
        try (var _ = Autograd.pause()) {
            for (long start = 0; start < predictions.count(); start += rows(head)) {
                try (var _ = new Scope()) {
                    long count = Math.min(rows(head), predictions.count() - start);
                    var chunk = states.narrow(0, start, count);
                    var logits = logProbabilities(chunk, head, Buffer.TRAINED);
                    sum.add(loss.apply(logits, start), logits, start);
                }
            }
            sum.divide(divisor);
        }
        return sum.withGradient();
    }

    /** The loss and its gradients, added up chunk by chunk. */
    private static final class Sum {
        private final Tensor states;
        private final Tensor head;
        private final Tensor loss;
        private final @Nullable Tensor statesGradient;
        private final @Nullable Tensor headGradient;

        Sum(Tensor states, Tensor head, boolean recorded) {
            this.states = states;
            this.head = head;
            this.loss = Tensor.zeros(wide(states.dtype()), states.device());
            this.statesGradient = recorded && states.requiresGrad() ? zerosLike(states) : null;
            this.headGradient = recorded && head.requiresGrad() ? zerosLike(head) : null;
        }

        private static Tensor zerosLike(Tensor tensor) {
            return Tensor.zeros(tensor.dtype(), tensor.device(), tensor.shape());
        }

        /** @param gradient dloss/dlogits of the rows from {@code start}: [rows, vocabulary] */
        void add(Tensor chunkLoss, Tensor gradient, long start) {
            loss.addInPlace(chunkLoss, 1);
            var narrow = gradient.to(states.dtype());
            if (statesGradient != null) {
                WideProduct.addBack(statesGradient.narrow(0, start, narrow.size(0)), narrow, head);
            }
            if (headGradient != null) {
                headGradient.addmmInPlace(narrow.transpose(0, 1), states.narrow(0, start, narrow.size(0)));
            }
        }

        void divide(double divisor) {
            loss.mulInPlace(1 / divisor);
            if (statesGradient != null) {
                statesGradient.mulInPlace(1 / divisor);
            }
            if (headGradient != null) {
                headGradient.mulInPlace(1 / divisor);
            }
        }

        /** s − detach(s) + loss, where s is the scalar that has the gradients found above. */
        Tensor withGradient() {
            Tensor s = null;
            if (statesGradient != null) {
                s = states.mul(statesGradient).sum();
            }
            if (headGradient != null) {
                var h = head.mul(headGradient).sum();
                s = s == null ? h : s.add(h);
            }
            return s == null ? loss : s.sub(s.detach()).add(loss);
        }
    }

    /** dKL/dz = p(D − KL) with D = log p − log p₀; both arguments are used up. */
    private static Tensor reverse(Tensor trained, Tensor clean) {
        clean.addInPlace(trained, -1); // −D
        trained.expInPlace(); // p
        clean.mulInPlace(trained); // −pD
        var minusKl = clean.sum(1, true); // [rows, 1]
        trained.mulInPlace(minusKl).addInPlace(clean, -1); // −p KL + pD
        return minusKl.sum().neg();
    }

    /** dKL/dz = p − p₀; both arguments are used up. */
    private Tensor forward(Tensor trained, Tensor clean) {
        var p0 = buffer(Buffer.SCRATCH, clean).copyInPlace(clean).expInPlace();
        var kl = clean.addInPlace(trained, -1).mulInPlace(p0).sum();
        trained.expInPlace().addInPlace(p0, -1);
        return kl;
    }

    private static Tensor select(Forward forward, Predictions predictions) {
        var positions = Tensor.of(predictions.positions(), predictions.count())
                .to(forward.hidden().device());
        return forward.hidden().indexSelect(0, positions);
    }

    /** log-softmax of the logits of some states, in the named buffer: [rows, vocabulary] */
    private Tensor logProbabilities(Tensor states, Tensor head, Buffer into) {
        var wide = wide(states.dtype());
        var result = buffer(into, wide, states, head);
        var logits = states.dtype() == wide ? result : buffer(Buffer.LOGITS, states.dtype(), states, head);
        WideProduct.into(logits, states, head);
        return (logits == result ? result : result.copyInPlace(logits)).logSoftmaxInPlace(result, -1);
    }

    private Tensor buffer(Buffer name, Tensor like) {
        return buffer(name, like.dtype(), like, like.transpose(0, 1));
    }

    /** A buffer of the rows of {@code states} by the rows of {@code head}; it keeps its memory between calls. */
    private Tensor buffer(Buffer name, Dtype dtype, Tensor states, Tensor head) {
        long rows = states.size(0);
        var known = buffers.get(name);
        if (known == null || known.dtype() != dtype || known.size(0) < rows || known.size(1) != head.size(0)) {
            if (known != null) {
                known.release();
            }
            known = Tensor.zeros(dtype, states.device(), rows, head.size(0)).hold();
            buffers.put(name, known);
        }
        return known.narrow(0, 0, rows);
    }

    private long rows(Tensor head) {
        long elements = head.isOnCpu() ? CHUNK_ELEMENTS : GPU_CHUNK_ELEMENTS;
        return rowsPerChunk > 0 ? rowsPerChunk : Math.max(FEWEST_ROWS, elements / head.size(0));
    }

    private static Tensor minusOnes(Tensor like, Dtype dtype) {
        return Tensor.full(-1, dtype, like.device(), like.shape());
    }

    private static Dtype wide(Dtype dtype) {
        return dtype == Dtype.F64 ? Dtype.F64 : Dtype.F32;
    }

    @Override
    public void close() {
        buffers.values().forEach(Tensor::release);
        buffers.clear();
    }
}
