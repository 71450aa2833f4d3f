package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.chat.BadInput;
import plumb.model.safetensors.LazyTensor;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.Shards;
import plumb.model.safetensors.StoredTensor;
import plumb.model.safetensors.WeightFiles;
import plumb.testing.ChatModel;
import plumb.testing.Golden;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

final class MergedFolderTest {
    private static final Path ADAPTER = Path.of("src/test/resources/golden/adapters/patterns");
    private static final String UP = "model.layers.1.mlp.up_proj";

    @TempDir
    private Path folder;

    private Path base = Path.of("set by the fixture");
    private Path out = Path.of("set by the fixture");

    @BeforeEach
    void aBase() throws IOException {
        base = ChatModel.write(folder.resolve("tied"));
        out = folder.resolve("merged");
    }

    @Test
    void shardsHoldTheSameWeightsAsOneFile() {
        assertThat(merge(null, 50_000)).isEqualTo(3);
        var sharded = logits(out);
        out = folder.resolve("whole");
        assertThat(merge(null, Shards.USUAL_BYTES)).isEqualTo(1);
        assertThat(sharded).containsExactly(logits(out));
    }

    @Test
    void shardsOfTheBaseAreReadAndWrittenAnew() {
        merge(Dtype.BF16, 50_000);
        base = out;
        out = folder.resolve("twice");
        assertThat(merge(null, Shards.USUAL_BYTES)).isEqualTo(1);
        try (var once = WeightFiles.open(base);
                var twice = WeightFiles.open(out)) {
            assertThat(twice.names()).containsExactlyInAnyOrderElementsOf(once.names());
            assertThat(twice.tensor(UP + ".weight").dtype()).isEqualTo(Dtype.BF16);
        }
    }

    /** (W + s·B·A) of a bf16 base is rounded once: the nearest bf16 number to the fp32 sum. */
    @Test
    void whatIsStoredInBf16IsTheFp32SumRoundedOnce() {
        narrow(Dtype.BF16);
        merge(null, Shards.USUAL_BYTES);
        try (var decoder = Golden.decoder("tied");
                var adapter = AdapterFolder.read(ADAPTER, decoder);
                var before = WeightFiles.open(base);
                var after = WeightFiles.open(out);
                var _ = new Scope()) {
            var lora = Objects.requireNonNull(adapter.lora(UP));
            var update = lora.b().matmul(lora.a()).mul(lora.scale().value());
            var expected = tensor(before.tensor(UP + ".weight")).to(Dtype.F32).add(update);
            var written = after.tensor(UP + ".weight");
            assertThat(written.dtype()).isEqualTo(Dtype.BF16);
            assertThat(tensor(written).floats())
                    .containsExactly(expected.to(Dtype.BF16).floats());
        }
    }

    @Test
    void whatTheAdapterDoesNotTouchIsCopiedByteByByteWhateverItIs() {
        change(tensors -> {
            tensors.add(StoredTensor.of("vision_tower.patch.weight", new float[] {1, 2}, 2));
            tensors.add(StoredTensor.of("model.layers.1.mlp.up_proj.bias", new float[] {3}, 1));
        });
        merge(null, Shards.USUAL_BYTES);
        try (var before = WeightFiles.open(base);
                var after = WeightFiles.open(out)) {
            assertThat(after.names()).containsExactlyElementsOf(before.names());
            for (var name : before.names()) {
                boolean touched = name.contains("_proj.weight");
                assertThat(after.tensor(name)
                                        .data()
                                        .mismatch(before.tensor(name).data())
                                < 0)
                        .as(name)
                        .isEqualTo(!touched);
            }
        }
    }

    @Test
    void weightsBehindALongerNameAreFound() {
        change(tensors -> tensors.replaceAll(t ->
                new StoredTensor(t.name().replace("model.", "model.language_model."), t.dtype(), t.shape(), t.data())));
        merge(null, Shards.USUAL_BYTES);
        try (var weights = WeightFiles.open(out);
                var decoder = Golden.decoder("tied");
                var adapter = AdapterFolder.read(ADAPTER, decoder);
                var merged = decoder.merged(adapter);
                var _ = new Scope()) {
            assertThat(tensor(weights.tensor("model.language_model.layers.1.mlp.up_proj.weight"))
                            .floats())
                    .containsExactly(merged.weight(UP + ".weight").floats());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "untied, untied-rslora",
        "llama3, llama3/lora",
        "qwen2, qwen2/lora",
        "qwen3, qwen3/lora",
        "mistral, mistral/lora",
        "gemma3, gemma3/lora",
        "gemma3-multimodal, gemma3/lora"
    })
    void everyFamilyIsMerged(String model, String lora) throws IOException {
        base = ChatModel.write(folder.resolve(model), model);
        try (var before = CheckpointFolder.open(base, "cpu", Dtype.F32);
                var adapter = AdapterFolder.read(Golden.folder(lora), before.decoder());
                var expected = before.decoder().merged(adapter)) {
            MergedFolder.write(base, adapter, out, Dtype.F32, Shards.USUAL_BYTES);
            try (var after = CheckpointFolder.open(out, "cpu", Dtype.F32)) {
                expected.weights()
                        .forEach((name, weight) -> assertThat(
                                        after.decoder().weight(name).floats())
                                .as(name)
                                .containsExactly(weight.floats()));
            }
        }
    }

    @Test
    void numbersTooLargeForTheTypeAreRefused() {
        change(tensors -> tensors.replaceAll(
                t -> t.name().equals("model.norm.weight") ? StoredTensor.of(t.name(), filled(32, 1e6f), 32) : t));
        assertThatThrownBy(() -> merge(Dtype.F16, Shards.USUAL_BYTES))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("model.norm.weight", "too large for F16");
    }

    @ParameterizedTest
    @CsvSource({UP + ".weight, 1536", "model.embed_tokens.weight, 9600", "vision_tower.patch.weight, 40000000"})
    void aBaseThatHoldsNaNIsRefusedWhereverItIs(String name, int size) {
        change(tensors -> {
            var shape = tensors.stream()
                    .filter(t -> t.name().equals(name))
                    .findFirst()
                    .map(StoredTensor::sizes);
            var values = new float[size];
            values[size - 1] = Float.NaN;
            tensors.removeIf(t -> t.name().equals(name));
            tensors.add(StoredTensor.of(name, values, shape.orElse(new long[] {size})));
        });
        assertThatThrownBy(() -> merge(null, Shards.USUAL_BYTES))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("the weights in " + base + " are damaged: " + name + " holds NaN or infinity");
        assertThat(out.resolve("model.safetensors")).doesNotExist();
    }

    private int merge(@Nullable Dtype dtype, long shardBytes) {
        try (var decoder = Golden.decoder("tied");
                var adapter = AdapterFolder.read(ADAPTER, decoder)) {
            return MergedFolder.write(base, adapter, out, dtype, shardBytes).files();
        }
    }

    private static float[] logits(Path folder) {
        try (var model = CheckpointFolder.open(folder, "cpu");
                var _ = new Scope()) {
            var row = new Batch.Row(new int[] {3, 1, 4, 1, 5}, new boolean[5], false);
            var forward = model.decoder().forward(new Batch(List.of(row)), null, List.of());
            return forward.hidden().linear(forward.head()).floats();
        }
    }

    private static Tensor tensor(StoredTensor stored) {
        return Tensor.over(stored.data(), stored.dtype(), stored.sizes());
    }

    private static float[] filled(int size, float value) {
        var values = new float[size];
        java.util.Arrays.fill(values, value);
        return values;
    }

    private interface Change {
        void apply(List<StoredTensor> tensors);
    }

    private void change(Change change) {
        var file = base.resolve("model.safetensors");
        try (var weights = SafetensorsFile.open(file)) {
            var tensors = new ArrayList<>(
                    weights.names().stream().map(weights::tensor).toList());
            change.apply(tensors);
            SafetensorsWriter.write(file, tensors, Map.of());
        }
    }

    /** The base with all its weights in another type. */
    private void narrow(Dtype dtype) {
        var file = base.resolve("model.safetensors");
        try (var weights = SafetensorsFile.open(file);
                var _ = new Scope()) {
            var tensors = weights.names().stream()
                    .map(name -> AdapterFolder.stored(
                            name, tensor(weights.tensor(name)).to(dtype)))
                    .map(LazyTensor::of)
                    .toList();
            SafetensorsWriter.writeLazily(file, tensors, Map.of());
        }
    }
}
