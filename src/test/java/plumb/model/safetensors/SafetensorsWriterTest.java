package plumb.model.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.torch.Dtype;

final class SafetensorsWriterTest {

    @Test
    void equalTensorsGiveEqualBytes(@TempDir Path folder) throws IOException {
        var tensors = List.of(StoredTensor.of("b", new float[] {1}, 1), StoredTensor.of("a", new float[] {2}, 1));
        SafetensorsWriter.write(folder.resolve("1"), tensors, Map.of("x", "1", "y", "2", "z", "3"));
        SafetensorsWriter.write(folder.resolve("2"), tensors, Map.of("z", "3", "y", "2", "x", "1"));
        assertThat(folder.resolve("1")).hasSameBinaryContentAs(folder.resolve("2"));
    }

    @Test
    void dataStartsAtAMultipleOfEight(@TempDir Path folder) throws IOException {
        for (var name : List.of("a", "ab", "abc", "é")) {
            var file = folder.resolve("file");
            SafetensorsWriter.write(file, List.of(StoredTensor.of(name, new float[] {1}, 1)), Map.of());
            assertThat(Files.size(file) - 4).matches(start -> start % 8 == 0);
        }
    }

    @Test
    void aWriteThatFailsHalfWayLeavesTheOldFileWhole(@TempDir Path folder) throws IOException {
        var file = folder.resolve("adapter.safetensors");
        SafetensorsWriter.write(file, List.of(StoredTensor.of("a", new float[] {7}, 1)), Map.of());
        var before = Files.readAllBytes(file);
        StoredTensor gone;
        try (var arena = Arena.ofConfined()) {
            gone = new StoredTensor("b", Dtype.F32, List.of(1L), arena.allocate(4));
        }
        var tensors = List.of(StoredTensor.of("a", new float[100_000], 100_000), gone);
        assertThatThrownBy(() -> SafetensorsWriter.write(file, tensors, Map.of()))
                .isInstanceOf(IllegalStateException.class);
        assertThat(file).hasBinaryContent(before);
        try (var left = Files.list(folder)) {
            assertThat(left).as("no partial file stays").containsExactly(file);
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsAClearError() {
        var nowhere = Path.of("/proc/plumb/adapter.safetensors"); // a file system that takes no new files
        assertThatThrownBy(() -> SafetensorsWriter.write(nowhere, List.of(), Map.of()))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("cannot write " + nowhere, "untouched");
    }

    @Test
    void twoTensorsOfOneNameAreRefused(@TempDir Path folder) {
        var twice = List.of(StoredTensor.of("a", new float[1], 1), StoredTensor.of("a", new float[1], 1));
        assertThatThrownBy(() -> SafetensorsWriter.write(folder.resolve("x"), twice, Map.of()))
                .hasMessageContaining("two tensors are named a");
    }

    @Test
    void shardsAreFoundThroughTheIndex(@TempDir Path folder) throws IOException {
        SafetensorsWriter.write(
                folder.resolve("1.safetensors"), List.of(StoredTensor.of("a", new float[1], 1)), Map.of());
        SafetensorsWriter.write(
                folder.resolve("2.safetensors"), List.of(StoredTensor.of("b", new float[2], 2)), Map.of());
        var index = folder.resolve("model.safetensors.index.json");
        Files.writeString(index, "{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\"}}");
        try (var weights = WeightFiles.open(folder)) {
            assertThat(weights.names()).containsExactly("a", "b");
            assertThat(weights.tensor("b").sizes()).containsExactly(2);
        }
        for (var wrong : List.of(
                "{\"weight_map\":{\"a\":\"2.safetensors\"}}",
                "{\"weight_map\":{\"a\":\"3.safetensors\"}}",
                "{\"weight_map\":{\"a\":\"../1.safetensors\"}}",
                "{\"weight_map\":{}}",
                "{",
                "")) {
            Files.writeString(index, wrong);
            assertThatThrownBy(() -> WeightFiles.open(folder)).isInstanceOf(BadInput.class);
        }
        Files.delete(index);
        assertThatThrownBy(() -> WeightFiles.open(folder)).hasMessageContaining("no weights in " + folder);
    }
}
