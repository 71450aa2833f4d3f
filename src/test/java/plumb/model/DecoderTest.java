package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.model.config.ModelConfig;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;
import plumb.torch.Scope;

final class DecoderTest {
    private static final LoraSettings LORA = new LoraSettings(3, 6, true, LoraSettings.ALL_PROJECTIONS);

    @Test
    void rows_of_unequal_length_do_not_see_each_other() {
        try (var decoder = TinyModel.decoder(3);
                var _ = new Scope()) {
            var rows = List.of(row(7, 1), row(2, 2), row(11, 3));
            var together =
                    decoder.forward(new Batch(rows), null, List.of()).hidden().floats();
            int at = 0;
            for (var row : rows) {
                var alone = decoder.forward(new Batch(List.of(row)), null, List.of())
                        .hidden()
                        .floats();
                for (float value : alone) {
                    assertThat(together[at++]).isCloseTo(value, within(1e-5f));
                }
            }
        }
    }

    @Test
    void long_rows_attended_in_blocks_equal_one_token_at_a_time() {
        var config = new ModelConfig(50, 16, 24, 1, 4, 2, 4, 1e-5, 10_000, 1024, true);
        try (var decoder = TinyModel.decoder(config, 4);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            var ids = IntStream.range(0, 600).map(i -> (i * 7) % 50).toArray();
            var whole = decoder.forward(
                            new Batch(List.of(new Batch.Row(ids, new boolean[600], false))), null, List.of())
                    .hidden();
            for (int length : new int[] {100, 256, 257, 600}) {
                try (var cache = TensorCache.empty(decoder, 1, length)) {
                    var head = new Batch.Row(java.util.Arrays.copyOf(ids, length), new boolean[length], false);
                    var last = decoder.prefill(new Batch(List.of(head)), cache).floats();
                    assertThat(whole.select(0, length - 1).floats()).containsExactly(last, within(1e-4f));
                }
            }
        }
    }

    @Test
    void a_fresh_adapter_changes_nothing_and_a_merged_one_equals_the_adapted_pass() {
        try (var decoder = TinyModel.decoder(5);
                var adapter = Adapter.fresh(decoder, LORA, 1);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            var batch = new Batch(List.of(row(7, 1), row(4, 2)));
            var base = decoder.forward(batch, null, List.of()).hidden().floats();
            assertThat(decoder.forward(batch, adapter, List.of()).hidden().floats())
                    .containsExactly(base);
            disturb(adapter);
            var adapted = decoder.forward(batch, adapter, List.of()).hidden().floats();
            assertThat(adapted).isNotEqualTo(base);
            try (var merged = decoder.merged(adapter)) {
                assertThat(merged.forward(batch, null, List.of()).hidden().floats())
                        .containsExactly(adapted, within(1e-4f));
            }
            assertThat(decoder.forward(batch, null, List.of()).hidden().floats())
                    .containsExactly(base);
        }
    }

    @Test
    void putting_the_adapter_into_the_weight_equals_running_it_beside() {
        try (var decoder = TinyModel.decoder(5);
                var adapter = Adapter.fresh(decoder, LORA, 1);
                var _ = new Scope()) {
            disturb(adapter);
            var x = TinyModel.normal(new SplittableRandom(1), 1, 9, 16);
            var projection =
                    new Projection(decoder, List.of("model.layers.0.mlp.gate_proj", "model.layers.0.mlp.up_proj"));
            var merged = projection.apply(x, adapter, Projection.Way.MERGED);
            var beside = projection.apply(x, adapter, Projection.Way.BESIDE);
            for (int i = 0; i < 2; i++) {
                assertThat(merged.get(i).floats()).containsExactly(beside.get(i).floats(), within(1e-4f));
            }
        }
    }

    @Test
    void an_edit_acts_at_its_site_and_nowhere_after_the_pass() {
        try (var decoder = TinyModel.decoder(6);
                var _ = new Scope()) {
            var batch = new Batch(List.of(row(5, 1)));
            var before = decoder.forward(batch, null, List.of());
            var edit = new ActivationEdit(new Site(1, Site.Stream.RESIDUAL_POST), x -> x.mul(0));
            var edited = decoder.forward(batch, null, List.of(edit));
            assertThat(edited.residual(0).floats())
                    .containsExactly(before.residual(0).floats());
            assertThat(edited.residual(1).norm().item()).isZero();
            assertThat(decoder.forward(batch, null, List.of()).hidden().floats())
                    .containsExactly(before.hidden().floats());
        }
    }

    private static void disturb(Adapter adapter) {
        try (var _ = Autograd.pause()) {
            var random = new SplittableRandom(9);
            adapter.parameters().forEach(p -> {
                var shape = p.shape();
                p.addInPlace(TinyModel.normal(random, 0.1, (int) shape[0], (int) shape[1]), 1);
            });
        }
    }

    private static Batch.Row row(int length, long seed) {
        var random = new SplittableRandom(seed);
        return new Batch.Row(random.ints(length, 0, 50).toArray(), new boolean[length], false);
    }
}
