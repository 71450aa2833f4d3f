package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.model.config.Architecture;
import plumb.model.config.ModelConfig;
import plumb.model.config.Rope;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;
import plumb.torch.Torch;

final class GeneratorTest {
    private static final List<int[]> PROMPTS = List.of(
            new int[] {1, 2, 3, 4, 5, 6, 7}, new int[] {9}, new int[] {1, 2, 3}, new int[] {9}, new int[] {30, 31});

    /** fp32 is read with arrays, fp64 with tensors; a window hides the past in one block of two. */
    @ParameterizedTest
    @CsvSource({"F32, false", "F64, false", "F32, true", "F64, true"})
    void greedy_answers_equal_recomputing_everything_for_every_token(Dtype dtype, boolean window) {
        try (var decoder = decoder(dtype, window)) {
            var answers = new Generator(decoder, Set.of()).generate(PROMPTS, new Sampling(0, 1, 12, 0));
            for (int i = 0; i < PROMPTS.size(); i++) {
                assertThat(answers.get(i)).containsExactly(slowGreedy(decoder, PROMPTS.get(i), 12));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F32", "BF16"})
    void cores_that_share_every_product_of_a_large_model_say_what_those_with_rows_of_their_own_say(Dtype dtype) {
        int before = Torch.threads();
        var prompts = IntStream.range(0, 23)
                .mapToObj(i -> IntStream.rangeClosed(1, 3 + i).toArray())
                .toList();
        try (var decoder = decoder(dtype, true)) {
            Torch.setThreads(3);
            for (var sampling : List.of(new Sampling(0, 1, 12, 0), new Sampling(1, 0.9, 12, 4))) {
                var together = new Generator(decoder, Set.of(7), true).generate(prompts, sampling);
                var apart = new Generator(decoder, Set.of(7), false).generate(prompts, sampling);
                assertThat(together).usingRecursiveComparison().isEqualTo(apart);
            }
        } finally {
            Torch.setThreads(before);
        }
    }

    @Test
    void in_bf16_every_greedy_token_is_the_best_up_to_rounding() {
        try (var decoder = decoder(Dtype.BF16, true)) {
            var answers = new Generator(decoder, Set.of()).generate(PROMPTS, new Sampling(0, 1, 12, 0));
            for (int i = 0; i < PROMPTS.size(); i++) {
                var ids = new ArrayList<>(Arrays.stream(PROMPTS.get(i)).boxed().toList());
                for (int token : answers.get(i)) {
                    var logits = logits(decoder, ids);
                    float best = logits[0];
                    for (float logit : logits) {
                        best = Math.max(best, logit);
                    }
                    assertThat(logits[token]).isGreaterThan(best - 0.05f * Math.abs(best));
                    ids.add(token);
                }
            }
        }
    }

    private static Decoder decoder(Dtype dtype, boolean window) {
        var c = TinyModel.CONFIG;
        var local = new Architecture.LocalAttention(3, Set.of(0), Rope.plain(500));
        var llama = c.architecture();
        var architecture = new Architecture(
                Set.of(), false, false, llama.activation(), 1, llama.attentionScale(), Optional.of(local));
        var config = new ModelConfig(
                c.vocabularySize(),
                c.hiddenSize(),
                c.intermediateSize(),
                c.layers(),
                c.heads(),
                c.kvHeads(),
                c.headDim(),
                c.normEpsilon(),
                c.rope(),
                c.maxPositions(),
                c.tied(),
                window ? architecture : llama);
        try (var single = TinyModel.decoder(1);
                var _ = new Scope()) {
            var weights = new LinkedHashMap<String, Tensor>();
            single.weights()
                    .forEach((name, weight) -> weights.put(name, weight.copy().to(dtype)));
            return new Decoder(config, weights);
        }
    }

    @Test
    void a_stop_token_ends_its_row_only() {
        try (var decoder = TinyModel.decoder(1)) {
            var free = new Generator(decoder, Set.of()).generate(PROMPTS, new Sampling(1, 1, 20, 5));
            int stop = free.get(0)[4];
            var stopped = new Generator(decoder, Set.of(stop)).generate(PROMPTS, new Sampling(1, 1, 20, 5));
            for (int i = 0; i < PROMPTS.size(); i++) {
                int end = IntStream.range(0, 20)
                        .filter(indexOf(free.get(i), stop))
                        .findFirst()
                        .orElse(20);
                assertThat(stopped.get(i)).containsExactly(Arrays.copyOf(free.get(i), end));
            }
        }
    }

    private static java.util.function.IntPredicate indexOf(int[] tokens, int token) {
        return i -> tokens[i] == token;
    }

    @Test
    void a_row_draws_the_same_answer_whatever_shares_its_batch_behind_it() {
        try (var decoder = TinyModel.decoder(2)) {
            var generator = new Generator(decoder, Set.of());
            var many = generator.generate(PROMPTS, new Sampling(1, 1, 15, 3));
            var one = generator.generate(PROMPTS.subList(0, 1), new Sampling(1, 1, 15, 3));
            assertThat(one.getFirst()).containsExactly(many.getFirst());
            var otherSeed = generator.generate(PROMPTS, new Sampling(1, 1, 15, 4));
            assertThat(otherSeed.getFirst()).isNotEqualTo(many.getFirst());
        }
    }

    /** Prompts with common beginnings, more than are decoded together, some of them equal. */
    private static List<int[]> manyPrompts() {
        var prompts = new ArrayList<int[]>();
        for (int i = 0; i < 300; i++) {
            int n = i;
            prompts.add(IntStream.range(0, 3 + i % 17)
                    .map(k -> k < 2 + n % 5 ? 1 + k : (n * 7 + k) % 50)
                    .toArray());
        }
        return prompts;
    }

    @Test
    void answers_do_not_depend_on_the_company_nor_on_the_number_of_threads() {
        int threads = Torch.threads();
        try (var decoder = TinyModel.decoder(2)) {
            var generator = new Generator(decoder, Set.of(3));
            var prompts = manyPrompts();
            var sampling = new Sampling(1, 0.95, 20, 11);
            var many = generator.generate(prompts, sampling);
            assertThat(many.stream().mapToInt(a -> a.length).distinct().count()).isGreaterThan(5);
            for (int few : new int[] {1, 7, 130}) {
                var some = generator.generate(prompts.subList(0, few), sampling);
                for (int i = 0; i < few; i++) {
                    assertThat(some.get(i)).as("row %s of %s", i, few).containsExactly(many.get(i));
                }
            }
            Torch.setThreads(2);
            var divided = generator.generate(prompts, sampling);
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(divided.get(i)).containsExactly(many.get(i));
            }
        } finally {
            Torch.setThreads(threads);
        }
    }

    @Test
    void many_greedy_answers_with_common_beginnings_equal_recomputing_everything() {
        try (var decoder = TinyModel.decoder(4)) {
            var prompts = manyPrompts();
            var answers = new Generator(decoder, Set.of()).generate(prompts, new Sampling(0, 1, 6, 0));
            for (int i = 0; i < prompts.size(); i += 7) {
                assertThat(answers.get(i)).containsExactly(slowGreedy(decoder, prompts.get(i), 6));
            }
        }
    }

    @Test
    void samples_follow_the_softmax_and_the_nucleus_cuts_its_tail() {
        int n = 4000;
        try (var _ = new Scope()) {
            var logits = Tensor.of(new float[] {2, 1, 0, -1}, 1, 4).expand(n, 4).contiguous();
            var random = new java.util.SplittableRandom(7);
            var draws = new float[n];
            for (int i = 0; i < n; i++) {
                draws[i] = (float) random.nextDouble();
            }
            var full = TokenSampler.choose(logits, draws, new Sampling(1, 1, 1, 0));
            assertThat(share(full, 0)).isBetween(0.62, 0.67); // softmax: .644, .237, .087, .032
            assertThat(share(full, 3)).isBetween(0.022, 0.042);
            var cut = TokenSampler.choose(logits, draws, new Sampling(1, 0.8, 1, 0));
            assertThat(share(cut, 2) + share(cut, 3)).isZero();
            assertThat(share(cut, 0)).isBetween(0.71, 0.75); // .644 / .881
        }
    }

    private static double share(long[] tokens, long token) {
        return Arrays.stream(tokens).filter(t -> t == token).count() / (double) tokens.length;
    }

    private static int[] slowGreedy(Decoder decoder, int[] prompt, int count) {
        var ids = new ArrayList<>(Arrays.stream(prompt).boxed().toList());
        for (int i = 0; i < count; i++) {
            var logits = logits(decoder, ids);
            ids.add(IntStream.range(0, logits.length)
                    .reduce((a, b) -> logits[b] > logits[a] ? b : a)
                    .orElseThrow());
        }
        return ids.subList(prompt.length, ids.size()).stream()
                .mapToInt(Integer::intValue)
                .toArray();
    }

    /** What follows these tokens, by a pass over all of them. */
    private static float[] logits(Decoder decoder, List<Integer> ids) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var row = new Batch.Row(ids.stream().mapToInt(Integer::intValue).toArray(), new boolean[ids.size()], false);
            var forward = decoder.forward(new Batch(List.of(row)), null, List.of());
            return forward.hidden()
                    .linear(forward.head())
                    .select(0, ids.size() - 1)
                    .to(Dtype.F32)
                    .floats();
        }
    }
}
