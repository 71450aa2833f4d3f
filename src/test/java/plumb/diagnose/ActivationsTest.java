package plumb.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.Rendered;
import plumb.model.ActivationEdit;
import plumb.model.Batch;
import plumb.model.Site;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

final class ActivationsTest {
    private static final List<Rendered> ROWS =
            TinyTask.task(9).examples().stream().map(TinyTask::render).toList();

    @Test
    void meansAreOverTheAssistantsTokensOfEachRowAlone() {
        try (var decoder = TinyModel.decoder(1);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            var means = new Activations(decoder, null).means(ROWS, Activations.Tokens.RESPONSE);
            for (int r = 0; r < ROWS.size(); r++) {
                var row = ROWS.get(r);
                var residual = decoder.forward(batch(row), null, List.of()).residual(1);
                var counted = IntStream.range(0, row.mask().length)
                        .filter(i -> row.mask()[i])
                        .toArray();
                for (int d = 0; d < 16; d++) {
                    double sum = 0;
                    for (int token : counted) {
                        sum += residual.select(0, token).floats()[d];
                    }
                    assertThat((double) means.get(r).at(1)[d]).isEqualTo(sum / counted.length, within(1e-4));
                }
            }
        }
    }

    @Test
    void theLastPromptTokenIsTheOneBeforeTheAnswer() {
        try (var decoder = TinyModel.decoder(1);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            var row = ROWS.get(3);
            int first = IntStream.range(0, row.mask().length)
                    .filter(i -> row.mask()[i])
                    .findFirst()
                    .orElseThrow();
            var expected = decoder.forward(batch(row), null, List.of())
                    .residual(0)
                    .select(0, first - 1)
                    .floats();
            assertThat(new Activations(decoder, null)
                            .mean(List.of(row), Activations.Tokens.LAST_PROMPT)
                            .at(0))
                    .containsExactly(expected, within(1e-5f));
        }
    }

    @Test
    void aSteeredModelIsTheModelUnderAnEdit() {
        try (var decoder = TinyModel.decoder(1);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            var vector = new Activations(decoder, null).mean(ROWS, Activations.Tokens.RESPONSE);
            var shift = vector.tensor(0, "cpu").mul(3);
            var none = Tensor.zeros(Dtype.F32, "cpu", 16);
            var edit = new ActivationEdit(new Site(0, Site.Stream.RESIDUAL_POST), h -> h.add(shift));
            var edited =
                    decoder.forward(batch(ROWS.get(0)), null, List.of(edit)).hidden();
            try (var steered = decoder.steered(List.of(shift, none))) {
                var found = steered.forward(batch(ROWS.get(0)), null, List.of()).hidden();
                assertThat(found.sub(edited).norm().item()).isEqualTo(0, within(1e-4));
            }
            assertThat(decoder.forward(batch(ROWS.get(0)), null, List.of())
                            .hidden()
                            .sub(edited)
                            .norm()
                            .item())
                    .isGreaterThan(0.1);
        }
    }

    @Test
    void vectorsSurviveWritingAndReading(@TempDir Path folder) {
        try (var decoder = TinyModel.decoder(1)) {
            var vector = new Activations(decoder, null).mean(ROWS, Activations.Tokens.RESPONSE);
            vector.write(folder.resolve("v.safetensors"));
            var read = LayerVectors.read(folder.resolve("v.safetensors"));
            assertThat(read.layers()).isEqualTo(2);
            assertThat(read.at(1)).containsExactly(vector.at(1));
        }
    }

    @Test
    void componentsOfAChangeAreOrthonormal() {
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 4);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            var b = adapter.parameters().get(1);
            b.copyInPlace(Tensor.full(0.3, Dtype.F32, "cpu", b.shape()));
            var after = new Activations(decoder, adapter);
            var two = Subspace.principal(new Activations(decoder, null), after, ROWS, 0, 2);
            assertThat(LayerVectors.product(two.direction(0), two.direction(0))).isEqualTo(1, within(1e-4));
            assertThat(LayerVectors.product(two.direction(0), two.direction(1))).isEqualTo(0, within(1e-4));
        }
    }

    private static Batch batch(Rendered row) {
        return new Batch(List.of(new Batch.Row(row.ids(), row.mask(), false)));
    }
}
