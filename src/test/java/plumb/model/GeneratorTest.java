package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.testing.TinyModel;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;

final class GeneratorTest {
    private static final List<int[]> PROMPTS = List.of(
            new int[] {1, 2, 3, 4, 5, 6, 7}, new int[] {9}, new int[] {1, 2, 3}, new int[] {9}, new int[] {30, 31});

    @Test
    void greedy_answers_equal_recomputing_everything_for_every_token() {
        try (var decoder = TinyModel.decoder(1)) {
            var answers = new Generator(decoder, Set.of()).generate(PROMPTS, new Sampling(0, 1, 12, 0));
            for (int i = 0; i < PROMPTS.size(); i++) {
                assertThat(answers.get(i)).containsExactly(slowGreedy(decoder, PROMPTS.get(i), 12));
            }
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
                assertThat(stopped.get(i)).containsExactly(java.util.Arrays.copyOf(free.get(i), end));
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
        return java.util.Arrays.stream(tokens).filter(t -> t == token).count() / (double) tokens.length;
    }

    private static int[] slowGreedy(Decoder decoder, int[] prompt, int count) {
        var ids = new ArrayList<>(java.util.Arrays.stream(prompt).boxed().toList());
        for (int i = 0; i < count; i++) {
            try (var _ = new Scope();
                    var _ = Autograd.pause()) {
                var row = new Batch.Row(
                        ids.stream().mapToInt(Integer::intValue).toArray(), new boolean[ids.size()], false);
                var forward = decoder.forward(new Batch(List.of(row)), null, List.of());
                var logits = forward.hidden().linear(forward.head());
                ids.add((int) logits.select(0, ids.size() - 1).argmax(0).item());
            }
        }
        return ids.subList(prompt.length, ids.size()).stream()
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
