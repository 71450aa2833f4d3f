package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.testing.Golden;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Adapters that PEFT wrote, with patterns of ranks and scales, against PEFT's own logits, in fp32. */
final class AdapterParityTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/adapters");
    private static final double TOLERANCE = 1e-4;

    @ParameterizedTest
    @ValueSource(strings = {"patterns", "regex-rslora", "all-linear", "some-layers"})
    void logitsEqualPeft(String name) {
        try (var decoder = Golden.decoder("tied");
                var adapter = AdapterFolder.read(FOLDER.resolve(name), decoder)) {
            assertThat(adapter.modules())
                    .hasSize(goldens().path("modules").path(name).asInt());
            assertThat(difference(decoder, adapter, name)).isLessThan(TOLERANCE);
            try (var merged = decoder.merged(adapter)) {
                assertThat(difference(merged, null, name)).isLessThan(TOLERANCE);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"patterns", "regex-rslora", "all-linear", "some-layers"})
    void whatIsWrittenAgainComputesTheSame(String name, @TempDir Path copy) {
        try (var decoder = Golden.decoder("tied");
                var adapter = AdapterFolder.read(FOLDER.resolve(name), decoder)) {
            AdapterFolder.write(copy, adapter, "tied");
            try (var again = AdapterFolder.read(copy, decoder)) {
                assertThat(again.modules()).isEqualTo(adapter.modules());
                assertThat(again.targets()).isEqualTo(adapter.targets());
                for (var module : adapter.modules()) {
                    assertThat(lora(again, module).scale())
                            .isEqualTo(lora(adapter, module).scale());
                }
                assertThat(logits(decoder, again)).containsExactly(logits(decoder, adapter));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "model.layers.1.self_attn.q_proj, 2, 4.0",
        "model.layers.0.self_attn.q_proj, 4, 2.0",
        "model.layers.0.self_attn.v_proj, 4, 0.75",
        "model.layers.2.self_attn.o_proj, 4, 1.25",
        "model.layers.0.mlp.up_proj, 3, 2.6666666666666665",
        "model.layers.1.mlp.up_proj, 4, 2.0",
        "model.layers.2.mlp.down_proj, 6, 4.0"
    })
    void everyModuleHasTheRankAndTheScaleOfItsPatterns(String module, int rank, double scale) {
        try (var decoder = Golden.decoder("tied");
                var adapter = AdapterFolder.read(FOLDER.resolve("patterns"), decoder)) {
            assertThat(lora(adapter, module).scale().rank()).isEqualTo(rank);
            assertThat(lora(adapter, module).scale().value()).isEqualTo(scale);
            assertThat(lora(adapter, module).a().size(0)).isEqualTo(rank);
        }
    }

    @Test
    void anAdapterOnSomeModulesIsCopiedWithItsScales() throws IOException {
        try (var decoder = Golden.decoder("tied");
                var adapter = AdapterFolder.read(FOLDER.resolve("some-layers"), decoder);
                var copy = adapter.copy()) {
            assertThat(copy.targets())
                    .contains("model.layers.0.self_attn.o_proj")
                    .isEqualTo(adapter.targets());
            assertThat(logits(decoder, copy)).containsExactly(logits(decoder, adapter));
        }
    }

    private static Adapter.Lora lora(Adapter adapter, String module) {
        return Objects.requireNonNull(adapter.lora(module));
    }

    private static double difference(Decoder decoder, @Nullable Adapter adapter, String name) {
        return Golden.difference(logits(decoder, adapter), Golden.floats("../adapters/logits", name));
    }

    private static float[] logits(Decoder decoder, @Nullable Adapter adapter) {
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var rows = new ArrayList<Batch.Row>();
            goldens().path("rows").forEach(ids -> {
                var row = Golden.ids(ids);
                rows.add(new Batch.Row(row, new boolean[row.length], false));
            });
            var forward = decoder.forward(new Batch(rows), adapter, List.of());
            return forward.hidden().linear(forward.head()).floats();
        }
    }

    private static JsonNode goldens() {
        return JsonMapper.shared().readTree(FOLDER.resolve("goldens.json").toFile());
    }
}
