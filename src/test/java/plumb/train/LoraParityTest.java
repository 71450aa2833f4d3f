package plumb.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.model.AdapterFolder;
import plumb.model.Batch;
import plumb.testing.Golden;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** An adapter written by PEFT, its logits, its loss and its gradients against PEFT's own, in fp32. */
final class LoraParityTest {
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @CsvSource({
        "tied,tied-lora",
        "tied,tied-rslora",
        "untied,untied-lora",
        "untied,untied-rslora",
        "llama3,llama3/lora",
        "qwen2,qwen2/lora",
        "qwen3,qwen3/lora",
        "mistral,mistral/lora",
        "mistral-sliding,mistral-sliding/lora",
        "gemma3,gemma3/lora"
    })
    void logitsLossAndGradientsEqualPeft(String model, String adapterFolder) {
        var golden = Golden.of("gradients", adapterFolder.replace("/lora", ""));
        var json = Golden.json(golden);
        try (var decoder = Golden.decoder(model);
                var adapter = AdapterFolder.read(Golden.folder(adapterFolder), decoder);
                var headLoss = new HeadLoss();
                var _ = new Scope()) {
            var batch = new Batch(Golden.rows(json.path("rows")));
            var forward = decoder.forward(batch, adapter, List.of());
            check(forward.hidden().linear(forward.head()).floats(), golden, "logits");
            for (int layer = 0; layer < forward.layers(); layer++) {
                check(forward.residual(layer).floats(), golden, "block." + layer);
            }
            var predictions = batch.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            var loss = headLoss.crossEntropy(forward, predictions, predictions.count());
            double reference = json.path("loss").asDouble();
            assertThat(loss.item()).isCloseTo(reference, within(TOLERANCE * reference));
            loss.backward();
            for (var module : adapter.modules()) {
                var lora = Objects.requireNonNull(adapter.lora(module));
                checkGradient(lora.a(), golden, module + ".lora_A");
                checkGradient(lora.b(), golden, module + ".lora_B");
            }
            assertThat(adapter.modules()).hasSize(7 * forward.layers());
        }
    }

    private static void checkGradient(Tensor parameter, String golden, String name) {
        check(parameter.gradient().floats(), golden, "gradient.base_model.model." + name + ".weight");
    }

    private static void check(float[] ours, String golden, String tensor) {
        assertThat(Golden.difference(ours, Golden.floats(golden, tensor)))
                .as(tensor)
                .isLessThan(TOLERANCE);
    }
}
