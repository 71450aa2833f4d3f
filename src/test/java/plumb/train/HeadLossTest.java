package plumb.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** Everything in fp64, so that a finite difference tells a wrong gradient from rounding. */
final class HeadLossTest {
    private static final Batch BATCH = new Batch(TinyTask.task(5).examples().stream()
            .map(TinyTask::render)
            .map(r -> new Batch.Row(r.ids(), r.mask(), false))
            .toList());

    /** The losses under test. */
    private enum Loss {
        CROSS_ENTROPY,
        REVERSE_KL,
        FORWARD_KL,
        /** Σ log² p(target) / 7, worked out outside. */
        OF_TARGETS;

        Tensor chunked(Decoder model, Decoder reference, HeadLoss head) {
            var forward = model.forward(BATCH, null, List.of());
            var predictions = BATCH.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            return switch (this) {
                case CROSS_ENTROPY -> head.crossEntropy(forward, predictions, predictions.count());
                case REVERSE_KL -> head.kl(at(forward), at(clean(reference)), HeadLoss.Direction.REVERSE, 7);
                case FORWARD_KL -> head.kl(at(forward), at(clean(reference)), HeadLoss.Direction.FORWARD, 7);
                case OF_TARGETS -> ofTargets(forward, predictions, head);
            };
        }

        /** The same on the ordinary tape, with all logits at once. */
        Tensor plain(Decoder model, Decoder reference) {
            var predictions = BATCH.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            var logp = logSoftmax(model.forward(BATCH, null, List.of()), predictions);
            var logp0 = logSoftmax(clean(reference), predictions).detach();
            var targets = Tensor.of(predictions.targets(), predictions.count(), 1);
            return switch (this) {
                case CROSS_ENTROPY -> logp.gather(1, targets).mean().neg();
                case REVERSE_KL -> logp.exp().mul(logp.sub(logp0)).sum().mul(1.0 / 7);
                case FORWARD_KL -> logp0.exp().mul(logp0.sub(logp)).sum().mul(1.0 / 7);
                case OF_TARGETS -> logp.gather(1, targets).square().sum().mul(1.0 / 7);
            };
        }

        private static Tensor ofTargets(Forward forward, Batch.Predictions predictions, HeadLoss head) {
            var logp = head.targets(forward, predictions).logProbabilities();
            var gradient = new double[logp.length];
            double value = 0;
            for (int i = 0; i < logp.length; i++) {
                value += logp[i] * logp[i] / 7;
                gradient[i] = 2 * logp[i] / 7;
            }
            return head.ofTargets(forward, predictions, value, gradient);
        }

        private static HeadLoss.Places at(Forward forward) {
            return new HeadLoss.Places(forward, BATCH.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL));
        }

        private static Tensor logSoftmax(Forward forward, Batch.Predictions predictions) {
            var positions = Tensor.of(predictions.positions(), predictions.count());
            return forward.hidden()
                    .indexSelect(0, positions)
                    .linear(forward.head())
                    .logSoftmax(-1);
        }

        private static Forward clean(Decoder reference) {
            try (var _ = Autograd.pause()) {
                return reference.forward(BATCH, null, List.of());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void valueAndGradientsEqualThePlainTape(Loss loss) {
        try (var _ = new Scope();
                var model = TinyTask.trainable(1);
                var other = TinyTask.trainable(2);
                var head = new HeadLoss(3)) {
            var plain = loss.plain(model, other);
            plain.backward();
            var expected = gradients(model);
            model.weights().values().forEach(Tensor::clearGradient);
            var chunked = loss.chunked(model, other, head);
            chunked.backward();
            assertThat(chunked.item()).isEqualTo(plain.item(), within(1e-12));
            assertThat(gradients(model)).containsExactly(expected, within(1e-6f));
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void gradientsAgreeWithFiniteDifferences(Loss loss) {
        try (var _ = new Scope();
                var model = TinyTask.trainable(1);
                var other = TinyTask.trainable(2);
                var head = new HeadLoss(4)) {
            loss.chunked(model, other, head).backward();
            for (var weight : Stream.of(
                            "model.embed_tokens.weight", "model.norm.weight", "model.layers.1.mlp.up_proj.weight")
                    .map(model::weight)
                    .toList()) {
                for (int at : new int[] {0, 7, 13}) {
                    double slope = (shifted(weight, at, 1e-5, loss, model, other)
                                    - shifted(weight, at, -1e-5, loss, model, other))
                            / 2e-5;
                    assertThat((double) weight.gradient().floats()[at])
                            .isEqualTo(slope, within(1e-7 + 1e-6 * Math.abs(slope)));
                }
            }
        }
    }

    private static double shifted(Tensor weight, int at, double by, Loss loss, Decoder model, Decoder other) {
        try (var _ = new Scope();
                var _ = Autograd.pause();
                var head = new HeadLoss(4)) {
            var element = weight.view(weight.numel()).narrow(0, at, 1);
            element.addInPlace(by);
            double value = loss.chunked(model, other, head).item();
            element.addInPlace(-by);
            return value;
        }
    }

    @ParameterizedTest
    @EnumSource(Loss.class)
    void theSizeOfAChunkChangesNothing(Loss loss) {
        try (var _ = new Scope();
                var model = TinyTask.trainable(1);
                var other = TinyTask.trainable(2)) {
            var values = Stream.of(1, 2, 5, 1000)
                    .map(rows -> {
                        try (var head = new HeadLoss(rows)) {
                            return loss.chunked(model, other, head).item();
                        }
                    })
                    .toList();
            assertThat(values).allSatisfy(value -> assertThat(value).isEqualTo(values.getFirst(), within(1e-12)));
        }
    }

    @Test
    void divergenceFromOneselfIsExactlyZero() {
        try (var _ = new Scope();
                var model = TinyModel.decoder(1);
                var head = new HeadLoss()) {
            var forward = model.forward(BATCH, null, List.of());
            var places = new HeadLoss.Places(forward, BATCH.predictions(Batch.Tokens.ALL, Batch.Rows.ALL));
            for (var direction : HeadLoss.Direction.values()) {
                assertThat(head.kl(places, places, direction, 1).item()).isZero();
            }
        }
    }

    @Test
    void aBatchWithoutPredictionsCostsNothing() {
        try (var _ = new Scope();
                var model = TinyModel.decoder(1);
                var head = new HeadLoss()) {
            var forward = model.forward(BATCH, null, List.of());
            var none = BATCH.predictions(Batch.Tokens.ALL, Batch.Rows.SAFE);
            assertThat(head.crossEntropy(forward, none, 1).item()).isZero();
        }
    }

    @Test
    void logProbabilitiesAddUpToTheCrossEntropy() {
        try (var _ = new Scope();
                var model = TinyModel.decoder(1);
                var head = new HeadLoss(3)) {
            var forward = model.forward(BATCH, null, List.of());
            var predictions = BATCH.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            var logp = head.logProbabilities(forward, predictions);
            assertThat(logp.shape()).containsExactly(predictions.count());
            assertThat(-logp.sum().item())
                    .isEqualTo(head.crossEntropy(forward, predictions, 1).item(), within(1e-3));
        }
    }

    @Test
    void targetsAreReadWithTheEntropyOfTheirDistributions() {
        try (var _ = new Scope();
                var model = TinyTask.trainable(1);
                var head = new HeadLoss(3)) {
            var forward = model.forward(BATCH, null, List.of());
            var predictions = BATCH.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            var numbers = head.targets(forward, predictions);
            var logp = Loss.logSoftmax(forward, predictions);
            assertThat(numbers.entropies())
                    .containsExactly(logp.exp().mul(logp).sum(1, false).neg().doubles(), within(1e-12));
            assertThat(numbers.logProbabilities())
                    .containsExactly(
                            logp.gather(1, Tensor.of(predictions.targets(), predictions.count(), 1))
                                    .doubles(),
                            within(1e-12));
        }
    }

    private static float[] gradients(Decoder model) {
        var all = model.weights().values().stream()
                .map(weight -> weight.gradient().floats())
                .toList();
        var joined = new float[all.stream().mapToInt(g -> g.length).sum()];
        int at = 0;
        for (var gradient : all) {
            System.arraycopy(gradient, 0, joined, at, gradient.length);
            at += gradient.length;
        }
        return joined;
    }
}
