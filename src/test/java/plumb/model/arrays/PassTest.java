package plumb.model.arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;
import plumb.torch.Scope;

final class PassTest {
    private static final int[] LONG =
            IntStream.range(0, 40).map(i -> (i * 7) % 50).toArray();

    @Test
    void logits_equal_those_of_the_decoder_however_a_row_is_cut_into_passes() {
        try (var decoder = TinyModel.decoder(3)) {
            var arrays = new ArrayDecoder(decoder.config(), decoder.weights());
            var pass = new Pass(arrays);
            var memory = arrays.memory();
            for (int cut : new int[] {0, 1, 17, 39}) {
                var past = memory.past(40);
                var heads = cut == 0 ? List.<float[]>of() : logits(pass, span(past, 0, cut));
                assertThat(heads).hasSize(cut == 0 ? 0 : 1);
                var found = logits(pass, span(past, cut, 40)).getFirst();
                assertThat(found).containsExactly(reference(decoder, LONG), within(1e-4f));
            }
        }
    }

    @Test
    void a_row_may_continue_behind_a_beginning_that_another_one_reads_in_the_same_pass() {
        try (var decoder = TinyModel.decoder(3)) {
            var arrays = new ArrayDecoder(decoder.config(), decoder.weights());
            var pass = new Pass(arrays);
            var first = arrays.memory().past(40);
            var second = first.fork(20, 4);
            var third = second.fork(10, 3); // behind what the second has of the first
            var other = new int[] {5, 6, 7};
            var found = logits(
                    pass, span(first, 0, 40), new Pass.Span(second, other, true), new Pass.Span(third, other, true));
            assertThat(found.get(0)).containsExactly(reference(decoder, LONG), within(1e-4f));
            assertThat(found.get(1)).containsExactly(reference(decoder, joined(20, other)), within(1e-4f));
            assertThat(found.get(2)).containsExactly(reference(decoder, joined(10, other)), within(1e-4f));
            var next = logits(pass, new Pass.Span(second, new int[] {9}, true)).getFirst();
            assertThat(next).containsExactly(reference(decoder, joined(20, new int[] {5, 6, 7, 9})), within(1e-4f));
        }
    }

    @Test
    void long_beginnings_are_kept_once_and_short_ones_copied() {
        try (var decoder = TinyModel.decoder(3)) {
            var arrays = new ArrayDecoder(decoder.config(), decoder.weights());
            var pass = new Pass(arrays);
            var tokens = IntStream.range(0, 200).map(i -> (i * 11) % 50).toArray();
            var memory = arrays.memory();
            var first = memory.past(200);
            var kept = first.fork(150, 8);
            var copied = kept.fork(153, 8); // behind the first one, with three tokens of the one before
            var back = copied.fork(60, 8); // of the first one alone
            assertThat(List.of(kept.keeps(), copied.keeps(), back.keeps())).containsExactly(0, 3, 60);
            int[] own = {5, 6, 7};
            var afterKept = joined(tokens, 150, own);
            int[] other = {8, 9};
            var found = logits(
                    pass,
                    new Pass.Span(first, tokens, true),
                    new Pass.Span(kept, own, true),
                    new Pass.Span(copied, other, true),
                    new Pass.Span(back, other, true));
            assertSame(found.get(1), reference(decoder, afterKept));
            assertSame(found.get(2), reference(decoder, joined(afterKept, 153, other)));
            assertSame(found.get(3), reference(decoder, joined(tokens, 60, other)));
            first.release();
            kept.release();
            var reused = memory.past(8); // what was copied stays, whoever takes the memory it came from
            logits(pass, new Pass.Span(reused, own, true));
            var next = logits(pass, new Pass.Span(copied, own, true)).getFirst();
            assertSame(next, reference(decoder, joined(joined(afterKept, 153, other), 155, own)));
        }
    }

    @Test
    void only_what_is_wanted_is_told() {
        try (var decoder = TinyModel.decoder(3)) {
            var arrays = new ArrayDecoder(decoder.config(), decoder.weights());
            var memory = arrays.memory();
            var told = new ArrayList<Integer>();
            var quiet = new Pass.Span(memory.past(4), new int[] {1, 2}, false);
            var asked = new Pass.Span(memory.past(2), new int[] {3}, true);
            new Pass(arrays).read(List.of(quiet, asked, quiet, asked), (span, _, _) -> told.add(span));
            assertThat(told).containsExactly(1, 3);
        }
    }

    private static void assertSame(float[] found, float[] expected) {
        float gap = 0;
        for (int i = 0; i < found.length; i++) {
            gap = Math.max(gap, Math.abs(found[i] - expected[i]));
        }
        assertThat(gap).isLessThan(1e-4f);
    }

    private static int[] joined(int shared, int[] own) {
        return joined(LONG, shared, own);
    }

    private static int[] joined(int[] tokens, int shared, int[] own) {
        return IntStream.concat(Arrays.stream(tokens, 0, shared), Arrays.stream(own))
                .toArray();
    }

    private static Pass.Span span(Past past, int from, int to) {
        return new Pass.Span(past, Arrays.copyOfRange(LONG, from, to), true);
    }

    private static List<float[]> logits(Pass pass, Pass.Span... spans) {
        var found = new ArrayList<float[]>();
        pass.read(List.of(spans), (_, logits, at) -> found.add(Arrays.copyOfRange(logits, at, at + 50)));
        return found;
    }

    private static float[] reference(Decoder decoder, int[] ids) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var row = new Batch.Row(ids, new boolean[ids.length], false);
            var forward = decoder.forward(new Batch(List.of(row)), null, List.of());
            return forward.hidden()
                    .linear(forward.head())
                    .select(0, ids.length - 1)
                    .floats();
        }
    }
}
