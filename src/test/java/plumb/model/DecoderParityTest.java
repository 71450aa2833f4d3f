package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.testing.Golden;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;

/** The decoder against Transformers, in fp32. */
final class DecoderParityTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tied",
                "untied",
                "llama3",
                "qwen2",
                "qwen3",
                "mistral",
                "mistral-sliding",
                "gemma3",
                "gemma3-older",
                "gemma3-multimodal"
            })
    void everyBlockAndTheLogitsEqualTransformers(String name) {
        try (var decoder = Golden.decoder(name);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            int number = 0;
            for (var batch : Golden.json(Golden.of("forward", name)).path("batches")) {
                var rows = new ArrayList<Batch.Row>();
                batch.forEach(ids -> rows.add(row(Golden.ids(ids))));
                var forward = decoder.forward(new Batch(rows), null, List.of());
                var prefix = "batch." + number++ + ".";
                for (int layer = 0; layer < forward.layers(); layer++) {
                    check(forward.residual(layer).floats(), name, prefix + "block." + layer);
                }
                check(forward.hidden().floats(), name, prefix + "normed");
                check(forward.hidden().linear(forward.head()).floats(), name, prefix + "logits");
            }
            assertThat(number).isGreaterThan(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tied",
                "untied",
                "llama3",
                "qwen2",
                "qwen3",
                "mistral",
                "mistral-sliding",
                "gemma3",
                "gemma3-older"
            })
    void greedyAnswersEqualTransformers(String name) {
        try (var decoder = Golden.decoder(name)) {
            var greedy = Golden.json(Golden.of("forward", name)).path("greedy");
            var prompts = new ArrayList<int[]>();
            greedy.path("prompts").forEach(ids -> prompts.add(Golden.ids(ids)));
            var answers = new Generator(decoder, Set.of()).generate(prompts, new Sampling(0, 1, 24, 0));
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(answers.get(i))
                        .containsExactly(Golden.ids(greedy.path("continuations").path(i)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen2", "qwen3", "mistral", "mistral-sliding", "gemma3"})
    void bf16IsAsFarFromFp32AsTransformersIs(String name) {
        var golden = Golden.json(Golden.of("forward", name));
        int number = golden.path("bf16").path("batch").asInt();
        try (var decoder = Golden.decoder(name, Dtype.BF16);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            var rows = new ArrayList<Batch.Row>();
            golden.path("batches").path(number).forEach(ids -> rows.add(row(Golden.ids(ids))));
            var forward = decoder.forward(new Batch(rows), null, List.of());
            var logits = forward.hidden().linear(forward.head()).to(Dtype.F32).floats();
            var exact = Golden.floats(Golden.of("forward", name), "batch." + number + ".logits");
            var theirs = Golden.floats(Golden.of("forward", name), "bf16.logits");
            assertThat(rms(logits, exact)).isLessThan(1.5 * rms(theirs, exact));
        }
    }

    private static double rms(float[] a, float[] b) {
        double squares = 0;
        for (int i = 0; i < a.length; i++) {
            squares += Math.pow((double) a[i] - b[i], 2);
        }
        return Math.sqrt(squares / a.length);
    }

    private static void check(float[] ours, String model, String tensor) {
        assertThat(Golden.difference(ours, Golden.floats(Golden.of("forward", model), tensor)))
                .as(tensor)
                .isLessThan(TOLERANCE);
    }

    private static Batch.Row row(int[] ids) {
        return new Batch.Row(ids, new boolean[ids.length], false);
    }
}
