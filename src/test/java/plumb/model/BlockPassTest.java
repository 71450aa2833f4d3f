package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.model.config.Architecture;
import plumb.model.config.Architecture.Activation;
import plumb.model.config.Architecture.LocalAttention;
import plumb.model.config.ModelConfig;
import plumb.model.config.Rope;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** The pass without a tape against the tape itself, which an edit that changes nothing brings back. */
final class BlockPassTest {
    private static final int WIDTH = 64;
    private static final LoraSettings LORA = new LoraSettings(2, 4, true, LoraSettings.ALL_PROJECTIONS);
    private static final List<ActivationEdit> TAPE = List.of(
            new ActivationEdit(new Site(0, Site.Stream.ATTENTION_OUT), x -> x),
            new ActivationEdit(new Site(1, Site.Stream.MLP_OUT), x -> x));

    /** What families do differently inside a block. */
    enum Kind {
        PLAIN,
        BIASED,
        BIASED_OUT,
        LOCAL,
        HEAD_NORMS,
        SOFT_NORMS;

        private Architecture architecture() {
            return switch (this) {
                case PLAIN -> Architecture.llama(16);
                case BIASED -> like(Set.of("q_proj", "k_proj", "v_proj"), false);
                case LOCAL ->
                    new Architecture(
                            Set.of(),
                            false,
                            false,
                            Activation.SILU,
                            1,
                            0.25,
                            Optional.of(new LocalAttention(3, Set.of(0), Rope.plain(100))));
                case BIASED_OUT -> like(Set.of("o_proj", "down_proj"), false);
                case HEAD_NORMS -> like(Set.of(), true);
                case SOFT_NORMS ->
                    new Architecture(
                            Set.of(),
                            true,
                            true,
                            Activation.GELU_TANH,
                            8,
                            0.2,
                            Optional.of(new LocalAttention(3, Set.of(0), Rope.plain(100))));
            };
        }

        private static Architecture like(Set<String> biased, boolean headNorms) {
            return new Architecture(biased, headNorms, false, Activation.SILU, 1, 0.25, Optional.empty());
        }

        ModelConfig config() {
            return new ModelConfig(
                    50, WIDTH, 2 * WIDTH, 2, 4, 2, 16, 1e-5, Rope.plain(10_000), 64, true, architecture());
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void states_and_gradients_are_those_of_the_tape(Kind kind) {
        try (var decoder = decoder(kind, Dtype.F32);
                var adapter = disturbed(decoder);
                var _ = new Scope()) {
            var byTape = gradients(decoder, adapter, TAPE);
            var byHand = gradients(decoder, adapter, List.of());
            assertThat(byHand).hasSameSizeAs(byTape);
            for (int i = 0; i < byHand.size(); i++) {
                close(byHand.get(i), byTape.get(i));
            }
        }
    }

    /** Wide enough to be put into the weights. */
    private static final LoraSettings WIDE = new LoraSettings(16, 32, true, LoraSettings.ALL_PROJECTIONS);

    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"PLAIN", "BIASED", "LOCAL"})
    void on_arrays_they_are_those_of_the_tape_too(Kind kind) {
        for (var settings : List.of(WIDE, new LoraSettings(16, 32, true, List.of("k_proj", "up_proj")))) {
            try (var decoder = decoder(kind, Dtype.F32);
                    var adapter = disturbed(decoder, settings);
                    var _ = new Scope()) {
                assertThat(decoder.blocks()).allMatch(block -> block.passesOnArrays(adapter, List.of()));
                var byTape = gradients(decoder, adapter, TAPE);
                var onArrays = gradients(decoder, adapter, List.of());
                assertThat(onArrays).hasSameSizeAs(byTape);
                for (int i = 0; i < onArrays.size(); i++) {
                    close(onArrays.get(i), byTape.get(i));
                }
            }
        }
    }

    /** Of what the arrays leave out, the tape is there. */
    @ParameterizedTest
    @EnumSource(
            value = Kind.class,
            names = {"BIASED_OUT", "HEAD_NORMS", "SOFT_NORMS"})
    void other_blocks_keep_the_tape(Kind kind) {
        try (var decoder = decoder(kind, Dtype.F32);
                var adapter = disturbed(decoder, WIDE);
                var _ = new Scope()) {
            assertThat(decoder.blocks()).noneMatch(block -> block.passesOnArrays(adapter, List.of()));
            var byTape = gradients(decoder, adapter, TAPE);
            assertThat(gradients(decoder, adapter, List.of())).containsExactlyElementsOf(byTape);
        }
    }

    /** Blocks of queries, of which the later ones do not see the first keys. */
    @Test
    void on_arrays_long_rows_are_attended_to_in_blocks() {
        try (var decoder = decoder(Kind.LOCAL, Dtype.F32);
                var adapter = disturbed(decoder, WIDE);
                var _ = new Scope()) {
            var rows = new Batch(List.of(row(300, 1), row(5, 2), row(600, 3)));
            var byTape = gradients(decoder, adapter, TAPE, rows);
            var onArrays = gradients(decoder, adapter, List.of(), rows);
            for (int i = 0; i < onArrays.size(); i++) {
                close(onArrays.get(i), byTape.get(i));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void a_pass_can_be_gone_back_through_twice(boolean onArrays) {
        try (var decoder = decoder(Kind.PLAIN, Dtype.F32);
                var adapter = onArrays ? disturbed(decoder, WIDE) : disturbed(decoder);
                var _ = new Scope()) {
            var states = decoder.forward(batch(), adapter, List.of()).hidden();
            var slope = TinyModel.normal(new SplittableRandom(5), 1, batch().tokens(), WIDTH);
            adapter.clearGradients();
            Autograd.backward(List.of(states), List.of(slope));
            var once = gradients(adapter);
            var again = decoder.forward(batch(), adapter, List.of()).hidden();
            adapter.clearGradients();
            Autograd.backward(List.of(again), List.of(slope));
            var fresh = gradients(adapter);
            for (int i = 0; i < once.size(); i++) {
                assertThat(fresh.get(i)).isEqualTo(once.get(i));
            }
        }
    }

    @Test
    void gradients_add_up_over_passes_and_over_terms_of_one_loss() {
        gradientsAddUp(LORA);
        gradientsAddUp(WIDE);
    }

    private static void gradientsAddUp(LoraSettings settings) {
        try (var decoder = decoder(Kind.PLAIN, Dtype.F32);
                var adapter = disturbed(decoder, settings);
                var _ = new Scope()) {
            var first = decoder.forward(batch(), adapter, List.of());
            var second = decoder.forward(batch(), adapter, List.of());
            loss(first).add(loss(second)).backward();
            var together = gradients(adapter);
            adapter.clearGradients();
            loss(decoder.forward(batch(), adapter, TAPE)).mul(2).backward();
            var twice = gradients(adapter);
            for (int i = 0; i < together.size(); i++) {
                close(together.get(i), twice.get(i));
            }
        }
    }

    @Test
    void the_gradient_is_the_slope_of_the_loss() {
        gradientIsTheSlope(Kind.SOFT_NORMS, LORA);
        gradientIsTheSlope(Kind.LOCAL, WIDE);
    }

    private static void gradientIsTheSlope(Kind kind, LoraSettings settings) {
        try (var decoder = decoder(kind, Dtype.F32);
                var adapter = disturbed(decoder, settings);
                var _ = new Scope()) {
            loss(decoder.forward(batch(), adapter, List.of())).backward();
            double slope = 0;
            for (var parameter : adapter.parameters()) {
                slope += parameter.gradient().square().sum().item();
            }
            double step = 1e-3 / Math.sqrt(slope);
            double there = moved(decoder, adapter, step);
            double back = moved(decoder, adapter, -2 * step);
            assertThat((there - back) / (2 * step)).isCloseTo(slope, within(0.01 * slope));
        }
    }

    @Test
    void edits_between_blocks_need_no_tape_and_get_their_gradients() {
        try (var decoder = decoder(Kind.PLAIN, Dtype.F32);
                var adapter = disturbed(decoder);
                var _ = new Scope()) {
            var between = new ActivationEdit(new Site(0, Site.Stream.RESIDUAL_POST), x -> x.mul(0.5));
            var edits = new ArrayList<>(TAPE);
            edits.add(between);
            var byTape = gradients(decoder, adapter, edits);
            var byHand = gradients(decoder, adapter, List.of(between));
            for (int i = 0; i < byHand.size(); i++) {
                close(byHand.get(i), byTape.get(i));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void widened_weights_give_the_numbers_of_the_same_weights_in_fp32(Kind kind) {
        try (var narrow = decoder(kind, Dtype.BF16);
                var wide = decoder(kind, Dtype.F32);
                var adapter = disturbed(wide);
                var _ = new Scope()) {
            assertThat(narrow.weight("model.layers.0.mlp.up_proj.weight").dtype())
                    .isEqualTo(Dtype.BF16);
            assertThat(gradients(narrow, adapter, List.of()))
                    .containsExactlyElementsOf(gradients(wide, adapter, List.of()));
        }
    }

    /** Hidden states first, then the gradients of the adapter. */
    private static List<float[]> gradients(Decoder decoder, Adapter adapter, List<ActivationEdit> edits) {
        return gradients(decoder, adapter, edits, batch());
    }

    private static List<float[]> gradients(Decoder decoder, Adapter adapter, List<ActivationEdit> edits, Batch batch) {
        adapter.clearGradients();
        var forward = decoder.forward(batch, adapter, edits);
        loss(forward).backward();
        var found = new ArrayList<float[]>();
        found.add(forward.hidden().floats());
        found.addAll(gradients(adapter));
        return found;
    }

    private static List<float[]> gradients(Adapter adapter) {
        return adapter.parameters().stream().map(p -> p.gradient().floats()).toList();
    }

    /** Looks at the last states and at what leaves the first block. */
    private static Tensor loss(Forward forward) {
        var random = new SplittableRandom(3);
        int tokens = forward.batch().tokens();
        var last = forward.hidden().mul(TinyModel.normal(random, 1, tokens, WIDTH));
        var between = forward.residual(0).square().mul(TinyModel.normal(random, 0.1, tokens, WIDTH));
        return last.sum().add(between.sum());
    }

    private static double moved(Decoder decoder, Adapter adapter, double step) {
        try (var _ = Autograd.pause()) {
            adapter.parameters().forEach(p -> p.addInPlace(p.gradient(), step));
            return loss(decoder.forward(batch(), adapter, List.of())).item();
        }
    }

    private static Batch batch() {
        return new Batch(List.of(row(7, 1), row(4, 2), row(9, 3)));
    }

    private static Batch.Row row(int length, long seed) {
        return new Batch.Row(new SplittableRandom(seed).ints(length, 0, 50).toArray(), new boolean[length], false);
    }

    /** Random weights, rounded to bf16 whatever they are stored in; computed in fp32. */
    private static Decoder decoder(Kind kind, Dtype stored) {
        var random = new SplittableRandom(11);
        Map<String, Tensor> weights = new LinkedHashMap<>();
        ModelWeights.shapes(kind.config()).forEach((name, shape) -> {
            var sizes = shape.stream().mapToInt(Long::intValue).toArray();
            weights.put(
                    name, TinyModel.normal(random, 0.2, sizes).to(Dtype.BF16).to(stored));
        });
        return new Decoder(kind.config(), weights, Dtype.F32);
    }

    private static Adapter disturbed(Decoder decoder) {
        return disturbed(decoder, LORA);
    }

    private static Adapter disturbed(Decoder decoder, LoraSettings settings) {
        var adapter = Adapter.fresh(decoder, settings, 1);
        try (var _ = Autograd.pause()) {
            var random = new SplittableRandom(9);
            adapter.parameters().forEach(p -> {
                var shape = p.shape();
                p.addInPlace(TinyModel.normal(random, 0.1, (int) shape[0], (int) shape[1]), 1);
            });
        }
        return adapter;
    }

    private static void close(float[] actual, float[] expected) {
        double largest = 0;
        for (float value : expected) {
            largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).isPositive();
        assertThat(actual).containsExactly(expected, within((float) (1e-4 * largest)));
    }
}
