package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.model.config.Architecture;
import plumb.model.config.Architecture.Activation;
import plumb.model.config.Architecture.LocalAttention;
import plumb.model.config.ModelConfig;
import plumb.model.config.Rope;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** Attention of rows longer than a block of queries, against the sum over every pair of tokens. */
final class AttentionLayoutTest {
    private static final int HEADS = 4;
    private static final int KEY_HEADS = 2;
    private static final int SIZE = 4; // of a head
    private static final double SCALE = 0.7;
    private static final int[] LENGTHS = {300, 530};

    /** @param window of layer 0; layer 1 sees everything */
    @ParameterizedTest
    @CsvSource({"3, 0", "3, 300", "256, 0", "257, 40", "400, 0", "400, 300", "2000, 300"})
    void everyTokenSeesItsWindow(int window, int before) {
        var local = new LocalAttention(window, Set.of(0), Rope.plain(100));
        var architecture = new Architecture(Set.of(), false, false, Activation.SILU, 1, SCALE, Optional.of(local));
        var config =
                new ModelConfig(50, 16, 16, 2, HEADS, KEY_HEADS, SIZE, 1e-5, Rope.plain(100), 4096, true, architecture);
        try (var _ = new Scope()) {
            var batch = new Batch(List.of(row(LENGTHS[0]), row(LENGTHS[1])));
            var layout = new AttentionLayout(batch, config, "cpu", before);
            var random = new SplittableRandom(1);
            var queries = numbers(random, batch.tokens() * HEADS * SIZE);
            var keys = Seen.of(random, layout, batch, before);
            var values = Seen.of(random, layout, batch, before);
            for (int layer = 0; layer < config.layers(); layer++) {
                var asked = Tensor.of(queries, batch.tokens(), HEADS, SIZE);
                var found = layout.attend(asked, keys.laidOut(), values.laidOut(), config.window(layer));
                assertThat(gap(found.floats(), expected(queries, keys, values, config.window(layer))))
                        .isLessThan(1e-5);
            }
        }
    }

    private static Batch.Row row(int length) {
        return new Batch.Row(new int[length], new boolean[length], false);
    }

    private static float[] numbers(SplittableRandom random, int count) {
        var values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    /**
     * Keys or values.
     *
     * @param earlier [row, key head, before, size], end to end
     * @param own [tokens, key heads, size], end to end
     * @param laidOut as the layout wants them
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Seen(float[] earlier, float[] own, Tensor laidOut, int before) {
        static Seen of(SplittableRandom random, AttentionLayout layout, Batch batch, int before) {
            int stacks = LENGTHS.length * KEY_HEADS;
            var own = numbers(random, batch.tokens() * KEY_HEADS * SIZE);
            var earlier = numbers(random, stacks * before * SIZE);
            var ownLaidOut = layout.keys(Tensor.of(own, batch.tokens(), KEY_HEADS, SIZE));
            var laidOut = Tensor.cat(List.of(Tensor.of(earlier, stacks, before, SIZE), ownLaidOut), 1);
            return new Seen(earlier, own, laidOut, before);
        }

        /** Of a row that begins at token {@code start}, at a place counted from its first earlier token on. */
        float at(int row, int start, int keyHead, int place, int i) {
            return place < before
                    ? earlier[((row * KEY_HEADS + keyHead) * before + place) * SIZE + i]
                    : own[((start + place - before) * KEY_HEADS + keyHead) * SIZE + i];
        }
    }

    /** The largest difference: two long arrays that differ everywhere are not worth printing. */
    private static double gap(float[] found, float[] expected) {
        assertThat(found).hasSameSizeAs(expected);
        return IntStream.range(0, found.length)
                .mapToDouble(i -> Math.abs(found[i] - expected[i]))
                .max()
                .orElseThrow();
    }

    private static float[] expected(float[] queries, Seen keys, Seen values, int window) {
        var out = new float[queries.length];
        int start = 0;
        for (int row = 0; row < LENGTHS.length; row++) {
            for (int i = 0; i < LENGTHS[row] * HEADS; i++) {
                var asked = new Asked(row, start, i / HEADS, i % HEADS / (HEADS / KEY_HEADS));
                asked.attend(queries, (start * HEADS + i) * SIZE, new Seen[] {keys, values}, window, out);
            }
            start += LENGTHS[row];
        }
        return out;
    }

    /** A head of a token of the row that begins at token {@code start}. */
    private record Asked(int row, int start, int token, int keyHead) {
        void attend(float[] queries, int at, Seen[] seen, int window, float[] out) {
            int place = seen[0].before() + token;
            double total = 0;
            var sum = new double[SIZE];
            for (int other = Math.max(0, place - window + 1); other <= place; other++) {
                double score = 0;
                for (int i = 0; i < SIZE; i++) {
                    score += SCALE * queries[at + i] * seen[0].at(row, start, keyHead, other, i);
                }
                double weight = Math.exp(score);
                total += weight;
                for (int i = 0; i < SIZE; i++) {
                    sum[i] += weight * seen[1].at(row, start, keyHead, other, i);
                }
            }
            for (int i = 0; i < SIZE; i++) {
                out[at + i] = (float) (sum[i] / total);
            }
        }
    }
}
