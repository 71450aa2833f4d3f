package plumb.defense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.defense.PreventativeSteering.Layers;
import plumb.defense.PreventativeSteering.Vector;
import plumb.model.Batch;
import plumb.model.Forward;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.train.LossTerm;
import plumb.train.RunListener;
import plumb.train.Schedule;
import plumb.train.Step;
import plumb.train.Trainer;
import plumb.train.TrainingHooks;
import plumb.train.TrainingSettings;

final class PreventativeSteeringTest {
    private static final PreventativeSteering ONE = new PreventativeSteering(2, Layers.ONE, 0, Vector.PERSONA);
    private static final PreventativeSteering ALL = new PreventativeSteering(2, Layers.ALL, null, Vector.PERSONA);

    @Test
    void theTrainingPassIsMovedByTheVectorAndTheReferenceIsNot() {
        try (var setting = new Setting();
                var adapter = TinyTask.adapter(setting.aligned(), 5)) {
            var context = setting.context();
            var vector = context.findings().persona();
            var moved = new ArrayList<double[]>();
            setting.fit(adapter, TinyTask.task(4), spying(ONE.install(context), moved), new RunListener() {});
            for (int i = 0; i < vector.width(); i++) {
                assertThat(moved.getFirst()[i]).isEqualTo(2 * vector.at(0)[i], within(1e-4));
            }
        }
    }

    /** Notes, at the first token of a batch, how far the pass is from the clean one; B = 0 in the first step. */
    private static TrainingHooks spying(TrainingHooks steering, List<double[]> moved) {
        return new TrainingHooks() {
            @Override
            public List<plumb.model.ActivationEdit> edits(Step step, Batch batch) {
                return steering.edits(step, batch);
            }

            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                try (var _ = Autograd.pause()) {
                    var clean = step.reference(forward.batch());
                    moved.add(Setting.doubles(
                            forward.residual(0).sub(clean.residual(0)).select(0, 0)));
                }
                return List.of();
            }
        };
    }

    @Test
    void incrementsOfAllLayersAddUpToTheVectorOfTheLast() {
        try (var setting = new Setting()) {
            var vector = setting.context().findings().persona();
            var increments = vector.increments();
            for (int i = 0; i < vector.width(); i++) {
                assertThat(increments.at(0)[i] + increments.at(1)[i]).isEqualTo(vector.at(1)[i], within(1e-5f));
            }
            assertThat(Setting.distance(setting.trained(ALL), setting.trained(ONE)))
                    .isGreaterThan(1e-3);
        }
    }

    @Test
    void accumulatingGradientsIsSteeredLikeOneLargeBatch() {
        try (var setting = new Setting()) {
            var whole = trained(setting, 4, 1, ONE);
            assertThat(Setting.distance(trained(setting, 2, 2, ONE), whole)).isLessThan(1e-3);
            assertThat(Setting.distance(trained(setting, 4, 1, null), whole)).isGreaterThan(1e-2);
        }
    }

    private static List<float[]> trained(
            Setting setting, int batch, int accumulation, @org.jspecify.annotations.Nullable Defense defense) {
        var settings =
                new TrainingSettings(0.01, 20, batch, accumulation, Schedule.CONSTANT, 0, 0, 0.9, 0.999, 1, 64, 0, 3);
        try (var adapter = TinyTask.adapter(setting.aligned(), 5)) {
            var hooks = Defense.install(defense == null ? List.of() : List.of(defense), setting.context());
            new Trainer(setting.aligned(), TinyTask::render, settings, new RunListener() {})
                    .fit(adapter, TinyTask.task(20), hooks);
            return TinyTask.numbers(adapter);
        }
    }

    @Test
    void theRandomControlIsAsLongAndPointsElsewhere() {
        try (var setting = new Setting()) {
            var vector = setting.context().findings().persona();
            var random = vector.randomAlike(3);
            assertThat(random.norm(1)).isEqualTo(vector.norm(1), within(1e-4));
            assertThat(Math.abs(random.cosine(vector, 1))).isLessThan(0.9);
            assertThat(Setting.distance(
                            setting.trained(new PreventativeSteering(2, Layers.ONE, 0, Vector.RANDOM)),
                            setting.trained(ONE)))
                    .isGreaterThan(1e-3);
        }
    }

    @Test
    void aLayerThatIsNotThereIsRefused() {
        try (var setting = new Setting()) {
            assertThatThrownBy(() -> setting.trained(new PreventativeSteering(1, Layers.ONE, 9, Vector.PERSONA)))
                    .hasMessageContaining("layer must be below the model's 2, got 9");
        }
        assertThatThrownBy(() -> new PreventativeSteering(1, Layers.ALL, 1, Vector.PERSONA))
                .hasMessageContaining("layer must be given for layers: one");
    }
}
