package plumb.train.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import plumb.model.Batch;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.train.HeadLoss;
import plumb.train.policy.PolicySettings.Kl;
import plumb.train.policy.PolicySettings.Mean;
import plumb.train.policy.PolicySettings.Ratio;
import plumb.train.policy.PolicySettings.Scale;

final class PolicyLossTest {
    private static final double[] ADVANTAGES = {0.75, -0.5, 0.25, 0.75};

    /** What a step came to. */
    @SuppressWarnings("ArrayRecordComponent") // numbers that are compared
    private record Taken(double loss, double entropy, double divergence, float[] gradient) {}

    private static Batch.Row row(int... ids) {
        var mask = new boolean[ids.length];
        java.util.Arrays.fill(mask, 3, ids.length, true);
        return new Batch.Row(ids, mask, false);
    }

    /** @param rows one an answer */
    private static Taken step(Mean mean, List<Batch.Row> rows) {
        try (var _ = new Scope();
                var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5);
                var headLoss = new HeadLoss()) {
            var lora = adapter.lora(adapter.modules().getFirst());
            try (var _ = Autograd.pause()) {
                java.util.Objects.requireNonNull(lora).b().addInPlace(0.02); // away from the model before training
            }
            var loss = new PolicyLoss(
                    new PolicySettings(4, 1, Scale.NONE, mean, Ratio.TOKEN, 0.2, 0.2, 0.5, Kl.K3_RATIO, 8, 1));
            for (int i = 0; i < rows.size(); i++) {
                loss.expect(rows.get(i), ADVANTAGES[i]);
            }
            var batch = new Batch(rows.stream().distinct().toList());
            var step = new Passes(decoder, adapter, headLoss, List.of(batch));
            var sum = loss.of(step, step.forward(batch, List.of()));
            sum.backward();
            return new Taken(
                    sum.item(),
                    loss.entropy(),
                    loss.divergence(),
                    lora.b().gradient().floats());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAnswerGivenAgainCountsAgainThoughItIsReadOnce(Mean mean) {
        var answer = row(1, 5, 9, 7, 8, 3);
        var other = row(1, 5, 9, 6, 3);
        var once = step(mean, List.of(answer, other, answer, answer));
        var apart = step(mean, List.of(answer, other, row(1, 5, 9, 7, 8, 3), row(1, 5, 9, 7, 8, 3)));
        assertThat(once.loss()).isEqualTo(apart.loss(), within(1e-6));
        assertThat(once.entropy()).isEqualTo(apart.entropy(), within(1e-6));
        assertThat(once.divergence())
                .isEqualTo(apart.divergence(), within(1e-6))
                .isPositive();
        double largest = 0;
        double gap = 0;
        for (int i = 0; i < once.gradient().length; i++) {
            largest = Math.max(largest, Math.abs(apart.gradient()[i]));
            gap = Math.max(gap, Math.abs(apart.gradient()[i] - once.gradient()[i]));
        }
        assertThat(largest).isGreaterThan(1e-3);
        assertThat(gap).isLessThan(1e-4 * largest);
    }
}
