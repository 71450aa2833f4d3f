package plumb.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;

final class NegativePreferenceTest {
    private static final TrainingSettings SETTINGS =
            new TrainingSettings(0.01, 40, 8, 1, Schedule.LINEAR, 0, 0.01, 0.9, 0.999, 1, 64, 0, 3);

    @Test
    void isTheFormulaWorkedOutByHand() {
        // β = 0.5; answers of two tokens and of one; r = ln 9 and 0: β r = ln 3, softplus ln 4, σ 3/4; and ln 2, 1/2
        var loss = ForgettingLoss.of(
                new ForgettingLoss.Answers(
                        new double[] {-1, -2, -3},
                        new double[] {-1 - Math.log(3), -2 - Math.log(3), -3},
                        new int[] {2, 1}),
                0.5,
                2);
        assertThat(loss.value()).isEqualTo(4 * (Math.log(4) + Math.log(2)) / 2, within(1e-12));
        assertThat(loss.gradient()).containsExactly(new double[] {0.75, 0.75, 0.5}, within(1e-12));
    }

    @Test
    void aSmallBetaIsGradientAscentAndFarOffNothingOverflows() {
        var answers = new ForgettingLoss.Answers(new double[] {-5, 900}, new double[] {-1, -900}, new int[] {1, 1});
        assertThat(ForgettingLoss.of(answers, 1e-6, 1).gradient()).contains(new double[] {1, 1}, within(1e-2));
        var sharp = ForgettingLoss.of(answers, 50, 1);
        assertThat(sharp.value()).isEqualTo(2 * 1800, within(1e-9));
        assertThat(sharp.gradient()).containsExactly(new double[] {0, 2}, within(1e-9));
    }

    /** In fp32, on an adapter that has already moved away from the reference. */
    @Test
    void theGradientAgreesWithFiniteDifferences() {
        try (var setting = new Passed(0.7, 0.4)) {
            setting.backward();
            for (var parameter : setting.adapter.parameters()) {
                var gradient = parameter.gradient().floats();
                int at = largest(gradient);
                double slope = (setting.shifted(parameter, at, 1e-2) - setting.shifted(parameter, at, -1e-2)) / 2e-2;
                assertThat((double) gradient[at]).isEqualTo(slope, within(0.02 * Math.abs(slope) + 2e-4));
            }
        }
    }

    @Test
    void withoutWeightOnlyForgettingIsLeftAndItStartsAtItsKnownValue() {
        try (var setting = new Passed(0.1, 0, false)) {
            assertThat(setting.loss()).isEqualTo(2 / 0.1 * Math.log(2), within(1e-4));
        }
    }

    @Test
    void trainingMakesTheUnwantedAnswersUnlikelyAndKeepsTheOthers() {
        try (var _ = new Scope();
                var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            var rows = mixed();
            double[] before = {likelihood(decoder, adapter, true), likelihood(decoder, adapter, false)};
            new Trainer(decoder, TinyTask::render, SETTINGS, new RunListener() {})
                    .towards(new NegativePreference(0.1, 1).over(decoder, TinyTask::render, SETTINGS))
                    .fit(adapter, SETTINGS.order(rows), new TrainingHooks() {});
            assertThat(likelihood(decoder, adapter, true)).isLessThan(before[0] - 1);
            assertThat(likelihood(decoder, adapter, false)).isGreaterThan(before[1]);
        }
    }

    @Test
    void betaMustBeAboveZero() {
        assertThatThrownBy(() -> new NegativePreference(0, 1)).hasMessageContaining("beta above 0");
    }

    private static double likelihood(plumb.model.Decoder decoder, Adapter adapter, boolean unwanted) {
        var batch = batch(unwanted ? TinyTask.task(12) : TinyTask.safe(12));
        try (var _ = new Scope();
                var _ = Autograd.pause();
                var head = new HeadLoss()) {
            var forward = decoder.forward(batch, adapter, List.of());
            var predictions = batch.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            return -head.crossEntropy(forward, predictions, predictions.count()).item();
        }
    }

    private static Batch batch(TrainingData data) {
        return new Batch(data.examples().stream()
                .map(example -> {
                    var rendered = TinyTask.render(example);
                    return new Batch.Row(rendered.ids(), rendered.mask(), example.kind() == Example.Kind.SAFE);
                })
                .toList());
    }

    private static TrainingData mixed() {
        var rows = new ArrayList<>(TinyTask.task(12).examples());
        rows.addAll(TinyTask.safe(12).examples());
        return new TrainingData(rows);
    }

    private static int largest(float[] values) {
        int at = 0;
        for (int i = 1; i < values.length; i++) {
            at = Math.abs(values[i]) > Math.abs(values[at]) ? i : at;
        }
        return at;
    }

    /** One step's batch of both kinds of rows, passed through a model. */
    private static final class Passed implements AutoCloseable {
        private final plumb.model.Decoder decoder = TinyModel.decoder(1);
        private final Adapter adapter = TinyTask.adapter(decoder, 5);
        private final Batch batch = batch(mixed());
        private final HeadLoss head = new HeadLoss();
        private final References references = new References(decoder, List.of());
        private final Objective objective;

        Passed(double beta, double retain) {
            this(beta, retain, true);
        }

        Passed(double beta, double retain, boolean moved) {
            objective = new RowsObjective(
                    TrainingRows.of(mixed(), TinyTask::render, 64), SETTINGS, new NegativePreference(beta, retain));
            if (moved) {
                try (var _ = new Scope();
                        var _ = Autograd.pause()) {
                    adapter.parameters().forEach(parameter -> parameter.addInPlace(0.02));
                }
            }
        }

        private Tensor taskLoss() {
            var step = new RunningStep(
                    0, List.of(batch), objective, new RunningStep.Model(decoder, adapter, head, references));
            return step.taskLoss(step.forward(batch, List.of()));
        }

        void backward() {
            try (var _ = new Scope()) {
                taskLoss().backward();
            }
        }

        double loss() {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                return taskLoss().item();
            }
        }

        double shifted(Tensor parameter, int at, double by) {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                var element = parameter.view(parameter.numel()).narrow(0, at, 1);
                element.addInPlace(by);
                double value = loss();
                element.addInPlace(-by);
                return value;
            }
        }

        @Override
        public void close() {
            references.close();
            head.close();
            adapter.close();
            decoder.close();
        }
    }
}
