package plumb.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.torch.Dtype;
import tools.jackson.databind.json.JsonMapper;

final class ShardsTest {
    @TempDir
    private Path folder;

    @Test
    void smallWeightsAreOneFileWithoutAnIndex() throws IOException {
        assertThat(Shards.write(folder, List.of(tensor("a", 2), tensor("b", 3)), 20))
                .isEqualTo(1);
        assertThat(names()).containsExactly("model.safetensors");
    }

    @Test
    void largeWeightsAreShardsAndTheIndexNamesThem() throws IOException {
        var tensors = List.of(tensor("a", 2), tensor("b", 3), tensor("c", 1), tensor("large", 9), tensor("d", 1));
        assertThat(Shards.write(folder, tensors, 20)).isEqualTo(4);
        assertThat(names())
                .containsExactly(
                        "model-00001-of-00004.safetensors",
                        "model-00002-of-00004.safetensors",
                        "model-00003-of-00004.safetensors",
                        "model-00004-of-00004.safetensors",
                        "model.safetensors.index.json");
        var index = JsonMapper.shared()
                .readTree(folder.resolve("model.safetensors.index.json").toFile());
        assertThat(index.path("metadata").path("total_size").asInt()).isEqualTo(64);
        assertThat(index.path("weight_map").path("b").asString()).isEqualTo("model-00001-of-00004.safetensors");
        assertThat(index.path("weight_map").path("c").asString()).isEqualTo("model-00002-of-00004.safetensors");
        try (var weights = WeightFiles.open(folder)) {
            assertThat(weights.names()).containsExactly("a", "b", "c", "large", "d");
            assertThat(weights.tensor("large").shape()).containsExactly(9L);
        }
    }

    @Test
    void aTensorIsMadeWhenItsTurnHasCome() {
        var log = new ArrayList<String>();
        Shards.write(folder, List.of(noted("a", log, 4), noted("b", log, 4)), 4);
        assertThat(log).containsExactly("a", "b");
    }

    @Test
    void aTensorOfAnotherLengthThanItsShapeIsAFault() {
        var wrong = noted("a", new ArrayList<>(), 3);
        assertThatThrownBy(() -> Shards.write(folder, List.of(wrong), 100))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("tensor a came as 3 bytes instead of 4");
        assertThat(folder).isEmptyDirectory();
    }

    private static LazyTensor tensor(String name, int size) {
        return LazyTensor.of(StoredTensor.of(name, new float[size], size));
    }

    private static LazyTensor noted(String name, List<String> log, int bytes) {
        return new LazyTensor(name, Dtype.F32, List.of(1L), sink -> {
            log.add(name);
            sink.take(MemorySegment.ofArray(new byte[bytes]));
        });
    }

    private List<String> names() throws IOException {
        try (var files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }
}
