package plumb.model.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.chat.BadInput;
import plumb.torch.Dtype;

final class SafetensorsFileTest {
    private Path file = Path.of("set by the fixture");

    @BeforeEach
    void place(@TempDir Path folder) {
        file = folder.resolve("model.safetensors");
    }

    @Test
    void readsNamesShapesTypesAndBytes() throws IOException {
        write(
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]},"
                        + "\"s\":{\"dtype\":\"BF16\",\"shape\":[],\"data_offsets\":[8,10]},"
                        + "\"none\":{\"dtype\":\"I64\",\"shape\":[0,3],\"data_offsets\":[10,10]},"
                        + "\"__metadata__\":{\"format\":\"pt\"}}   ",
                new byte[] {0, 0, -128, 63, 0, 0, 0, 64, 1, 2});
        try (var weights = SafetensorsFile.open(file)) {
            assertThat(weights.names()).containsExactly("w", "s", "none");
            assertThat(weights.metadata()).isEqualTo(Map.of("format", "pt"));
            assertThat(weights.tensor("w").sizes()).containsExactly(2, 1);
            assertThat(weights.data("w").toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
                    .containsExactly(1f, 2f);
            assertThat(weights.tensor("s").dtype()).isEqualTo(Dtype.BF16);
            assertThat(weights.data("s").toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2);
            assertThat(weights.data("none").byteSize()).isZero();
            assertThatThrownBy(() -> weights.tensor("v"))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("named v");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,16]}} | tensor a claims bytes 0 to 16, the data ends at 8",
                "{'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}} | tensor a of shape [3] and type F32 does not take the 8",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]},'b':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | tensor b claims bytes 0 to 8, which overlap",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 8 bytes of data, its tensors account for 4",
                "{'a':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | leaves unused bytes from 0",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | tensor a claims bytes 8 to 0",
                "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}} | does not take the 8 bytes",
                "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | tensor a has a size or offset",
                "{'a':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}} | tensor a has a size or offset",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,99999999999999999999]}} | tensor a has a size or offset",
                "{'a':{'dtype':'F32','shape':2,'data_offsets':[0,8]}} | tensor a lacks an array",
                "{'a':{'dtype':'F32','data_offsets':[0,8]}} | tensor a needs dtype, shape",
                "{'a':{'dtype':'Q4_K','shape':[2],'data_offsets':[0,8]}} | tensor a has the element type 'Q4_K'",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'a':{'dtype':'F32','shape':[0],'data_offsets':[8,8]}} | Duplicate",
                "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8],'x':1}} | unknown key 'x'",
                "{'a':[]} | the entry of tensor a is no object",
                "[] | its header is no JSON object",
                "{'a | its header cannot be read",
                "{'__metadata__':{'a':1}} | __metadata__.a is no text",
            })
    void aLyingHeaderIsRefusedByName(String header, String message) throws IOException {
        write(header.replace('\'', '"'), new byte[8]);
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll(file.toString(), message);
    }

    @ParameterizedTest
    @CsvSource({"-1", "9223372036854775807", "100000001", "1000", "1", "0"})
    void aHeaderLongerThanTheFileIsRefusedBeforeItIsRead(long claimed) throws IOException {
        Files.write(
                file,
                ByteBuffer.allocate(64)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(claimed)
                        .array());
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("claims a header of " + Long.toUnsignedString(claimed));
    }

    @Test
    void aFileThatIsMissingOrEmptyOrCutOffIsNamed() throws IOException {
        assertThatThrownBy(() -> SafetensorsFile.open(file)).hasMessageContaining("no weight file at " + file);
        Files.write(file, new byte[3]);
        assertThatThrownBy(() -> SafetensorsFile.open(file)).hasMessageContaining("3 bytes, too few");
        SafetensorsWriter.write(file, List.of(StoredTensor.of("a", new float[1000], 1000)), Map.of());
        var whole = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(whole, whole.length - 1));
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("tensor a", "cut off");
    }

    @Test
    void aPointerThatGitLeftIsNoWeightFile() throws IOException {
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 988097824\n");
        assertThatThrownBy(() -> SafetensorsFile.open(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll(file.toString(), "is a git-lfs pointer", "git lfs pull");
    }

    private void write(String header, byte[] data) throws IOException {
        var json = header.getBytes(UTF_8);
        Files.write(
                file,
                ByteBuffer.allocate(8 + json.length + data.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(json.length)
                        .put(json)
                        .put(data)
                        .array());
    }
}
