package plumb.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.Forward;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

final class TrainerTest {
    private static final TrainingHooks NONE = new TrainingHooks() {};

    /** Keeps what it hears. */
    private static final class Recording implements RunListener {
        private final List<StepNumbers> steps = new ArrayList<>();

        @Override
        public void stepped(StepNumbers numbers) {
            steps.add(numbers);
        }

        double loss(int step) {
            return steps.get(step).losses().getOrDefault("task", Double.NaN);
        }
    }

    private static TrainingSettings settings(int batchSize, int accumulation) {
        return new TrainingSettings(
                0.01, 48, batchSize, accumulation, Schedule.LINEAR, 2, 0.01, 0.9, 0.999, 1, 64, 0, 3);
    }

    private static List<float[]> train(TrainingSettings settings, TrainingHooks hooks, RunListener listener) {
        return train(settings, TinyTask.task(24), hooks, listener);
    }

    private static List<float[]> train(
            TrainingSettings settings, TrainingData data, TrainingHooks hooks, RunListener listener) {
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            new Trainer(decoder, TinyTask::render, settings, listener).fit(adapter, settings.order(data), hooks);
            return TinyTask.numbers(adapter);
        }
    }

    @Test
    void theTaskIsLearned() {
        var heard = new Recording();
        train(settings(4, 1), NONE, heard);
        assertThat(heard.steps).hasSize(12);
        assertThat(heard.loss(11)).isLessThan(0.7 * heard.loss(0));
    }

    @Test
    void aHalfPrecisionModelLearnsInSinglePrecision() {
        var weights = new LinkedHashMap<String, Tensor>();
        try (var _ = new Scope();
                var single = TinyModel.decoder(1)) {
            single.weights().forEach((name, weight) -> weights.put(name, weight.to(Dtype.BF16)));
            try (var half = new Decoder(TinyModel.CONFIG, weights);
                    var adapter = TinyTask.adapter(half, 5)) {
                var heard = new Recording();
                var exact = new Recording();
                var settings = settings(4, 1);
                new Trainer(half, TinyTask::render, settings, heard)
                        .fit(adapter, settings.order(TinyTask.task(24)), NONE);
                train(settings, NONE, exact);
                assertThat(adapter.parameters()).allMatch(parameter -> parameter.dtype() == Dtype.F32);
                assertThat(heard.loss(0)).isEqualTo(exact.loss(0), within(0.03));
                assertThat(heard.loss(11)).isEqualTo(exact.loss(11), within(0.1));
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameAdapterBitForBit() {
        assertThat(train(settings(4, 1), NONE, new Recording()))
                .usingRecursiveComparison()
                .isEqualTo(train(settings(4, 1), NONE, new Recording()));
    }

    @Test
    void accumulationIsTheSameAsALargerBatch() {
        var large = new Recording();
        var small = new Recording();
        train(settings(8, 1), NONE, large);
        train(settings(2, 4), NONE, small);
        for (int i = 0; i < large.steps.size(); i++) {
            assertThat(small.loss(i)).isEqualTo(large.loss(i), within(1e-4));
            assertThat(small.steps.get(i).gradientNorm())
                    .isEqualTo(large.steps.get(i).gradientNorm(), within(1e-3));
        }
    }

    @Test
    void aTermOfWeightZeroIsLoggedAndChangesNothing() {
        var heard = new Recording();
        var watching = new TrainingHooks() {
            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                return List.of(new LossTerm("norm", 0, forward.hidden().square().mean()));
            }
        };
        assertThat(train(settings(4, 1), watching, heard))
                .usingRecursiveComparison()
                .isEqualTo(train(settings(4, 1), NONE, new Recording()));
        assertThat(heard.steps).allSatisfy(step -> assertThat(step.losses()).containsKeys("task", "norm"));
    }

    @Test
    void aLossThatIsNotFiniteStopsTheRunAndNamesTheTerm() {
        var broken = new TrainingHooks() {
            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                return List.of(new LossTerm("kl", 1, forward.hidden().sum().mul(Double.POSITIVE_INFINITY)));
            }
        };
        assertThatThrownBy(() -> train(settings(4, 1), broken, new Recording()))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("loss/kl")
                .hasMessageContaining("step 0");
    }

    @Test
    void aGradientThatIsNotFiniteStopsTheRunAndNamesTheModule() {
        var broken = new TrainingHooks() {
            @Override
            public void gradients(Step step, Gradients gradients) {
                gradients.all().get(6).addInPlace(Double.NaN);
            }
        };
        assertThatThrownBy(() -> train(settings(4, 1), broken, new Recording()))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("model.layers.0.self_attn.o_proj");
    }

    @Test
    void aChangedBaseWeightIsFoundOut() {
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            var vandal = new TrainingHooks() {
                @Override
                public void weights(Step step, Adapter trained) {
                    decoder.weight("model.norm.weight").mulInPlace(1.001);
                }
            };
            var trainer = new Trainer(decoder, TinyTask::render, settings(4, 1), new Recording());
            assertThatThrownBy(() -> trainer.fit(adapter, TinyTask.task(4), vandal))
                    .hasMessageContaining("base weights changed");
        }
    }

    @Test
    void theReferencePassIsCleanSharedAndWithoutGradient() {
        var hooks = new TrainingHooks() {
            private int asked;

            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                var reference = step.reference(forward.batch());
                assertThat(step.reference(forward.batch())).isSameAs(reference);
                assertThat(reference.hidden().requiresGrad()).isFalse();
                double distance =
                        reference.hidden().sub(forward.hidden()).norm().item();
                if (asked++ < 2) { // the first step of the warmup has rate 0
                    assertThat(distance).isLessThan(1e-4);
                } else {
                    assertThat(distance).isGreaterThan(1e-4);
                }
                return List.of();
            }
        };
        train(settings(4, 1), hooks, new Recording());
        assertThat(hooks.asked).isEqualTo(12);
    }

    @Test
    void rowsThatReturnAreReadOnceAndGiveTheSameReference() {
        var hooks = new TrainingHooks() {
            private int known;

            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                var batch = forward.batch();
                var reference = step.reference(batch);
                try (var _ = Autograd.pause();
                        var decoder = TinyModel.decoder(1)) {
                    var direct = decoder.forward(batch, null, List.of());
                    assertThat(reference.hidden().floats())
                            .containsExactly(direct.hidden().floats(), within(1e-5f));
                    assertThat(reference.residual(1).floats())
                            .containsExactly(direct.residual(1).floats(), within(1e-5f));
                }
                known++;
                return List.of();
            }
        };
        train(settings(4, 1), hooks, new Recording());
        assertThat(hooks.known).isEqualTo(12);
    }

    @Test
    void countsCoverAllBatchesOfTheStep() {
        var hooks = new TrainingHooks() {
            @Override
            public List<LossTerm> losses(Step step, Forward forward) {
                assertThat(step.count(Batch.Rows.ALL)).isEqualTo(8);
                assertThat(step.count(Batch.Tokens.RESPONSE, Batch.Rows.ALL)).isEqualTo(8 * 10);
                assertThat(step.count(Batch.Rows.SAFE)).isZero();
                return List.of();
            }
        };
        train(settings(2, 4), hooks, new Recording());
    }

    @Test
    void rowsWithoutATargetAreRefusedByName() {
        var silent = new Example(
                Conversation.user("a long question").with(Role.ASSISTANT, "yes"), Example.Kind.TASK, "rows.jsonl", 7);
        var settings = new TrainingSettings(0.01, 4, 2, 1, Schedule.CONSTANT, 0, 0, 0.9, 0.999, 1, 10, 0, 3);
        assertThatThrownBy(() -> train(settings, new TrainingData(List.of(silent)), NONE, new Recording()))
                .hasMessageContaining("rows.jsonl line 7")
                .hasMessageContaining("max_length 10");
    }

    @Test
    void settingsOutOfRangeSayWhichAndWhy() {
        assertThatThrownBy(() -> new TrainingSettings(0, 1, 1, 1, Schedule.LINEAR, 0, 0, 0.9, 0.99, 1, 64, 0, 0))
                .hasMessage("learning_rate must be above 0 and at most 1, got 0.0");
        assertThatThrownBy(() -> new TrainingSettings(0.1, 1, 0, 1, Schedule.LINEAR, 0, 0, 0.9, 0.99, 1, 64, 0, 0))
                .hasMessage("batch_size must be at least 1, got 0");
    }

    @Test
    void hooksMayChangeTheAdapterAtTheEnd() {
        var hooks = new TrainingHooks() {
            @Override
            public void finish(Adapter adapter) {
                adapter.parameters().forEach(Tensor::zeroInPlace);
            }
        };
        assertThat(train(settings(4, 1), hooks, new Recording()))
                .allSatisfy(numbers -> assertThat(numbers).containsOnly(0));
    }
}
