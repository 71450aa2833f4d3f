package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.defense.ConceptAblation.Ablation;
import plumb.defense.ConceptAblation.Directions;
import plumb.diagnose.Activations;
import plumb.diagnose.Subspace;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.torch.Tensor;
import plumb.train.LossTerm;
import plumb.train.RunListener;
import plumb.train.Step;
import plumb.train.TrainingHooks;

final class ConceptAblationTest {

    @Test
    void theTrainingPassHasNothingLeftAlongTheDirection() {
        try (var setting = new Setting()) {
            assertThat(alongPersona(setting, Ablation.ZERO))
                    .allSatisfy(p -> assertThat(p).isEqualTo(0, within(1e-4)));
        }
    }

    @Test
    void ablatingToTheMeanLeavesTheMean() {
        try (var setting = new Setting()) {
            var direction = Subspace.of(setting.context().findings().persona(), 1);
            var safe = Setting.rendered(TinyTask.safe(30));
            var mean = direction
                    .around(new Activations(setting.aligned(), null).mean(safe, Activations.Tokens.RESPONSE))
                    .center()
                    .getFirst();
            assertThat(Math.abs(mean)).isGreaterThan(1e-2);
            assertThat(alongPersona(setting, Ablation.BASE_MEAN))
                    .allSatisfy(p -> assertThat(p).isEqualTo(mean, within(1e-3)));
        }
    }

    /** What is left of every token of the first batches along the persona's direction at layer 1. */
    private static List<Double> alongPersona(Setting setting, Ablation ablation) {
        var context = setting.context();
        var direction = Subspace.of(context.findings().persona(), 1).direction(0);
        var hooks = new ConceptAblation(Directions.PERSONA, List.of(0), List.of(1), ablation).install(context);
        var left = new ArrayList<Double>();
        try (var adapter = TinyTask.adapter(setting.aligned(), 5)) {
            var spying = new TrainingHooks() {
                @Override
                public List<plumb.model.ActivationEdit> edits(Step step, Batch batch) {
                    return hooks.edits(step, batch);
                }

                @Override
                public List<LossTerm> losses(Step step, Forward forward) {
                    try (var _ = Autograd.pause()) {
                        var along = forward.residual(1).matmul(Tensor.of(direction, direction.length, 1));
                        for (float one : along.floats()) {
                            left.add((double) one);
                        }
                    }
                    return List.of();
                }
            };
            setting.fit(adapter, TinyTask.task(8), spying, new RunListener() {});
        }
        return left;
    }

    @Test
    void noGradientPassesAlongTheDirection() {
        try (var setting = new Setting()) {
            var subspace = Subspace.of(setting.context().findings().persona(), 0);
            var h = Tensor.full(0.5, plumb.torch.Dtype.F32, "cpu", 3, 16).requiresGradInPlace(true);
            subspace.without(h).square().sum().backward();
            var along = h.gradient().matmul(Tensor.of(subspace.direction(0), 16, 1));
            assertThat(along.norm().item()).isEqualTo(0, within(1e-4));
            assertThat(h.gradient().norm().item()).isGreaterThan(0.1);
        }
    }

    @Test
    void theReportTellsWhereTheAlignedModelLies() {
        try (var setting = new Setting()) {
            setting.trained(new ConceptAblation(Directions.PCA, List.of(0, 2), List.of(0, 1), Ablation.ZERO));
            assertThat(setting.reports())
                    .singleElement()
                    .satisfies(report -> assertThat(((ConceptAblationReport) report).baseMeans())
                            .hasSize(2)
                            .allSatisfy(layer -> assertThat(layer).hasSize(2)));
        }
    }

    @Test
    void whatIsNotThereIsRefused() {
        try (var setting = new Setting()) {
            assertThatThrownBy(() -> setting.trained(
                            new ConceptAblation(Directions.RANDOM, List.of(0), List.of(7), Ablation.ZERO)))
                    .hasMessageContaining("layers must be below the model's 2");
            assertThatThrownBy(() -> setting.trained(
                            new ConceptAblation(Directions.PCA, List.of(40), List.of(0), Ablation.ZERO)))
                    .hasMessageContaining("there are 16 directions");
        }
        assertThatThrownBy(() -> new ConceptAblation(Directions.PERSONA, List.of(1), List.of(0), Ablation.ZERO))
                .hasMessageContaining("[0] for persona");
    }
}
