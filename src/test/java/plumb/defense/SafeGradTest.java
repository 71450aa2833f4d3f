package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.model.Batch;
import plumb.testing.TinyTask;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.train.ComposedHooks;
import plumb.train.Gradients;
import plumb.train.HeadLoss.Direction;
import plumb.train.RunListener;
import plumb.train.Step;
import plumb.train.TrainingHooks;

final class SafeGradTest {
    private static final Defense MIX = new Interleaving(0.5, Interleaving.Selection.RANDOM);

    private static List<Tensor> vectors(float[]... values) {
        var tensors = new ArrayList<Tensor>();
        for (var value : values) {
            tensors.add(Tensor.of(value, value.length));
        }
        return tensors;
    }

    @Test
    void whatPointsAgainstTheAlignmentIsTakenAway() {
        try (var _ = new Scope()) {
            var loss = vectors(new float[] {1, -3}, new float[] {4});
            double cosine =
                    new SafeGrad(1, 0, Direction.REVERSE).combine(loss, vectors(new float[] {0, 2}, new float[] {0}));
            assertThat(loss.get(0).floats()).containsExactly(1, 0);
            assertThat(loss.get(1).floats()).containsExactly(4);
            assertThat(cosine).isEqualTo(-6 / (2 * Math.sqrt(26)), within(1e-6));
        }
    }

    @Test
    void halfTheProjectionTakesHalfOfTheConflictAndTheWeightAddsTheAlignment() {
        try (var _ = new Scope()) {
            var loss = vectors(new float[] {1, -3});
            new SafeGrad(0.5, 0.25, Direction.REVERSE).combine(loss, vectors(new float[] {0, 2}));
            assertThat(loss.getFirst().floats()).containsExactly(1, -1.5f + 0.5f);
        }
    }

    @Test
    void whereTheyAgreeOrThereIsNoAlignmentGradientNothingIsProjected() {
        try (var _ = new Scope()) {
            var loss = vectors(new float[] {1, 3});
            var surgery = new SafeGrad(1, 0, Direction.REVERSE);
            assertThat(surgery.combine(loss, vectors(new float[] {0, 2}))).isPositive();
            assertThat(surgery.combine(loss, vectors(new float[] {0, 0}))).isZero();
            assertThat(loss.getFirst().floats()).containsExactly(1, 3);
        }
    }

    /** The alignment gradient found apart is the one that a penalty of the same weight adds to the loss. */
    @Test
    void itsAlignmentGradientIsThatOfKlPenaltyOnSafeRows() {
        try (var setting = new Setting()) {
            var penalty = new KlPenalty(
                    0.7, Direction.FORWARD, Batch.Tokens.RESPONSE, Batch.Rows.SAFE, KlPenalty.Reduction.TOKEN_MEAN);
            var byPenalty = gradients(setting, List.of(MIX, penalty));
            var bySurgery = gradients(setting, List.of(MIX, new SafeGrad(0, 0.7, Direction.FORWARD)));
            var plain = gradients(setting, List.of(MIX));
            double apart = Setting.distance(byPenalty, plain);
            assertThat(apart).isGreaterThan(1e-3);
            assertThat(Setting.distance(bySurgery, byPenalty)).isLessThan(1e-4 * apart);
        }
    }

    /** The gradients of a step somewhere on the way, with an adapter that is the same for all. */
    private static List<float[]> gradients(Setting setting, List<Defense> defenses) {
        var seen = new ArrayList<float[]>();
        var record = new TrainingHooks() {
            @Override
            public void gradients(Step step, Gradients gradients) {
                if (seen.isEmpty()) {
                    gradients.all().forEach(gradient -> seen.add(gradient.floats()));
                }
            }
        };
        try (var adapter = setting.naive().copy()) {
            var hooks = new ComposedHooks(List.of(Defense.install(defenses, setting.context()), record));
            setting.fit(adapter, TinyTask.task(20), hooks, new RunListener() {});
        }
        return seen;
    }

    @Test
    void theRunReportsHowOftenTheyPulledApart() {
        try (var setting = new Setting()) {
            setting.trained(MIX, new SafeGrad(1, 0, Direction.REVERSE));
            var report = setting.reports().stream()
                    .filter(SafeGradReport.class::isInstance)
                    .map(SafeGradReport.class::cast)
                    .findFirst()
                    .orElseThrow();
            assertThat(report.steps()).isEqualTo(15);
            assertThat(report.conflicts()).isBetween(1, 14);
            assertThat(report.cosine()).isBetween(-1.0, 1.0);
        }
    }

    @Test
    void withoutSafeRowsToHoldItIsRefusedBeforeTraining() {
        try (var setting = new Setting()) {
            assertThatThrownBy(() -> setting.trained(new SafeGrad(1, 0, Direction.REVERSE)))
                    .hasMessage("SafeGrad finds no safe row to hold: name an Interleaving before it");
        }
    }

    @Test
    void aProjectionAboveOneIsRefused() {
        assertThatThrownBy(() -> new SafeGrad(1.5, 0, Direction.REVERSE))
                .hasMessage("projection must be between 0 and 1, got 1.5");
    }
}
