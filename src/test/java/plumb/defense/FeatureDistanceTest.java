package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.torch.Tensor;
import plumb.train.LossTerm;
import plumb.train.RunListener;
import plumb.train.Step;
import plumb.train.TrainingHooks;

final class FeatureDistanceTest {

    private static FeatureDistance distance(double weight, FeatureDistance.Layers layers, int number, boolean norm) {
        return new FeatureDistance(weight, layers, number, norm, Batch.Tokens.RESPONSE, Batch.Rows.ALL);
    }

    @Test
    void layersAreThoseOfThePapersCode() {
        assertThat(distance(1, FeatureDistance.Layers.EVENLY, 5, false).chosen(28))
                .containsExactly(0, 6, 13, 20, 27);
        assertThat(distance(1, FeatureDistance.Layers.EVENLY, 5, false).chosen(64))
                .containsExactly(0, 15, 31, 47, 63);
        assertThat(distance(1, FeatureDistance.Layers.EVERY, 5, false).chosen(12))
                .containsExactly(0, 5, 10);
        assertThatThrownBy(() ->
                        distance(1, FeatureDistance.Layers.EVENLY, 5, false).chosen(4))
                .hasMessageContaining("at most the model's 4 layers");
    }

    @Test
    void theDistanceIsTheMeanSquaredShiftOverCountedStates() {
        try (var setting = new Setting();
                var adapter = TinyTask.adapter(setting.aligned(), 5)) {
            var plain = distance(0.1, FeatureDistance.Layers.EVENLY, 2, false);
            var defended = plain.install(setting.context());
            var seen = new ArrayList<double[]>();
            setting.fit(
                    adapter,
                    TinyTask.task(12),
                    new TrainingHooks() {
                        @Override
                        public List<LossTerm> losses(Step step, Forward forward) {
                            var terms = defended.losses(step, forward);
                            seen.add(new double[] {terms.getFirst().value().item(), byHand(step, forward)});
                            return terms;
                        }
                    },
                    new RunListener() {});
            assertThat(seen).hasSize(3).allSatisfy(pair -> assertThat(pair[0]).isEqualTo(pair[1], within(1e-4)));
            assertThat(seen.getLast()[0]).isPositive();
        }
    }

    private static double byHand(Step step, Forward forward) {
        try (var _ = Autograd.pause()) {
            var batch = forward.batch();
            var counted = batch.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            var places = Tensor.of(counted.positions(), counted.count());
            double sum = 0;
            for (int layer = 0; layer < 2; layer++) {
                var moved = Setting.doubles(forward.residual(layer).indexSelect(0, places));
                var clean =
                        Setting.doubles(step.reference(batch).residual(layer).indexSelect(0, places));
                for (int i = 0; i < moved.length; i++) {
                    sum += (moved[i] - clean[i]) * (moved[i] - clean[i]);
                }
            }
            return sum / counted.count();
        }
    }

    @Test
    void aPenaltyKeepsTheFeaturesClose() {
        try (var setting = new Setting()) {
            assertThat(last(setting, distance(10, FeatureDistance.Layers.EVENLY, 2, false)))
                    .isLessThan(0.5 * last(setting, distance(0, FeatureDistance.Layers.EVENLY, 2, false)));
        }
    }

    @Test
    void normalizingDividesByLayersTimesWidth() {
        try (var setting = new Setting()) {
            assertThat(last(setting, distance(0, FeatureDistance.Layers.EVENLY, 2, true)) * 2 * 16)
                    .isEqualTo(last(setting, distance(0, FeatureDistance.Layers.EVENLY, 2, false)), within(1e-4));
        }
    }

    private static double last(Setting setting, Defense defense) {
        var logged = new ArrayList<Double>();
        setting.trained(List.of(defense), new RunListener() {
            @Override
            public void stepped(StepNumbers numbers) {
                logged.add(numbers.losses().getOrDefault("features", Double.NaN));
            }
        });
        return logged.getLast();
    }
}
