package plumb.diagnose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.model.LoraSettings;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Svd;
import plumb.torch.Tensor;

final class WeightUpdateTest {
    private static final LoraSettings RANK_3 = new LoraSettings(3, 6, false, List.of("q_proj", "down_proj"));

    @Test
    void overlaps_are_those_of_the_updates_made_in_full() {
        try (var decoder = TinyModel.decoder(1);
                var one = moved(decoder, RANK_3, 1, 10);
                var other = moved(decoder, RANK_3, 2, 20);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            var found = overlap(one, other, 2);
            double product = 0;
            double length = 0;
            double otherLength = 0;
            double written = 0;
            double read = 0;
            for (var module : one.modules()) {
                var full = full(one, module);
                var otherFull = full(other, module);
                product += full.mul(otherFull).sum().item();
                length += full.square().sum().item();
                otherLength += otherFull.square().sum().item();
                written += shared(Svd.of(full).left(), Svd.of(otherFull).left());
                read += shared(
                        Svd.of(full).right().transpose(0, 1),
                        Svd.of(otherFull).right().transpose(0, 1));
            }
            int modules = one.modules().size();
            assertThat(found.cosine()).isCloseTo(product / Math.sqrt(length * otherLength), within(1e-5));
            assertThat(found.written()).isCloseTo(written / modules, within(1e-4));
            assertThat(found.read()).isCloseTo(read / modules, within(1e-4));
        }
    }

    @Test
    void an_update_shares_all_with_itself_and_random_ones_share_what_chance_gives() {
        var wide = new LoraSettings(4, 4, true, LoraSettings.ALL_PROJECTIONS);
        try (var decoder = TinyModel.decoder(1);
                var first = moved(decoder, wide, 1, 10)) {
            var same = overlap(first, first, 4);
            assertThat(List.of(same.cosine(), same.written(), same.read()))
                    .allSatisfy(value -> assertThat(value).isCloseTo(1, within(1e-4)));
            double written = 0;
            double expected = 0;
            for (int seed = 2; seed < 12; seed++) {
                try (var random = moved(decoder, wide, seed, seed + 100)) {
                    var found = overlap(first, random, 4);
                    written += found.written() / 10;
                    expected = found.writtenByChance();
                }
            }
            assertThat(written).isCloseTo(expected, within(0.03));
        }
    }

    @Test
    void the_line_between_two_adapters_is_straight_in_the_weights() {
        try (var decoder = TinyModel.decoder(1);
                var from = moved(decoder, RANK_3, 1, 10);
                var to = moved(decoder, new LoraSettings(2, 8, true, RANK_3.targets()), 2, 20);
                var between = Adapter.between(from, to, 0.25);
                var start = Adapter.between(from, to, 0);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            for (var module : from.modules()) {
                var expected = full(from, module).mul(0.75).add(full(to, module).mul(0.25));
                assertThat(full(between, module).sub(expected).norm().item()).isLessThan(1e-5);
            }
            var gap = states(decoder, start).sub(states(decoder, from)).norm().item();
            assertThat(gap).isLessThan(1e-4);
        }
    }

    @Test
    void what_cannot_be_compared_is_refused() {
        try (var decoder = TinyModel.decoder(1);
                var one = moved(decoder, RANK_3, 1, 10);
                var other = moved(decoder, new LoraSettings(3, 6, false, List.of("q_proj")), 1, 10)) {
            assertThatThrownBy(() -> overlap(one, other, 1)).hasMessageContaining("different modules");
            assertThatThrownBy(() -> overlap(one, one, 4)).hasMessageContaining("rank 3");
            assertThatThrownBy(() -> Adapter.between(one, other, 0.5)).hasMessageContaining("different modules");
        }
    }

    private static WeightUpdate.Overlap overlap(Adapter one, Adapter other, int directions) {
        try (var update = new WeightUpdate(one, directions);
                var with = new WeightUpdate(other, directions)) {
            return update.overlap(with);
        }
    }

    /** An adapter whose B is random, too. */
    private static Adapter moved(Decoder decoder, LoraSettings settings, long seed, long seedOfB) {
        var adapter = Adapter.fresh(decoder, settings, seed);
        var random = new SplittableRandom(seedOfB);
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            for (var module : adapter.modules()) {
                var b = Objects.requireNonNull(adapter.lora(module)).b();
                var values = new float[(int) b.numel()];
                for (int i = 0; i < values.length; i++) {
                    values[i] = (float) random.nextGaussian();
                }
                b.copyInPlace(Tensor.of(values, b.shape()));
            }
        }
        return adapter;
    }

    private static Tensor full(Adapter adapter, String module) {
        var lora = Objects.requireNonNull(adapter.lora(module));
        return lora.b().matmul(lora.a()).mul(lora.scale().value()); // [out, in]
    }

    private static double shared(Tensor left, Tensor otherLeft) {
        return left.narrow(1, 0, 2)
                        .transpose(0, 1)
                        .matmul(otherLeft.narrow(1, 0, 2))
                        .square()
                        .sum()
                        .item()
                / 2;
    }

    private static Tensor states(Decoder decoder, Adapter adapter) {
        int[] ids = {1, 2, 3, 4, 5};
        return decoder.forward(new Batch(List.of(new Batch.Row(ids, new boolean[5], false))), adapter, List.of())
                .hidden();
    }
}
