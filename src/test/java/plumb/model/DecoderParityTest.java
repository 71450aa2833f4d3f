package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.testing.Golden;
import plumb.torch.Autograd;
import plumb.torch.Scope;

/** The decoder against Transformers, in fp32. */
final class DecoderParityTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"tied", "untied"})
    void everyBlockAndTheLogitsEqualTransformers(String name) {
        try (var decoder = Golden.decoder(name);
                var _ = new Scope();
                var _ = Autograd.pause()) {
            int number = 0;
            for (var batch : Golden.json("forward-" + name).path("batches")) {
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
            assertThat(number).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tied", "untied"})
    void greedyAnswersEqualTransformers(String name) {
        try (var decoder = Golden.decoder(name)) {
            var greedy = Golden.json("forward-" + name).path("greedy");
            var prompts = new ArrayList<int[]>();
            greedy.path("prompts").forEach(ids -> prompts.add(Golden.ids(ids)));
            var answers = new Generator(decoder, Set.of()).generate(prompts, new Sampling(0, 1, 24, 0));
            for (int i = 0; i < prompts.size(); i++) {
                assertThat(answers.get(i))
                        .containsExactly(Golden.ids(greedy.path("continuations").path(i)));
            }
        }
    }

    private static void check(float[] ours, String model, String tensor) {
        assertThat(Golden.difference(ours, Golden.floats("forward-" + model, tensor)))
                .as(tensor)
                .isLessThan(TOLERANCE);
    }

    private static Batch.Row row(int[] ids) {
        return new Batch.Row(ids, new boolean[ids.length], false);
    }
}
