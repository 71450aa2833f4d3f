package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;

final class AdapterFolderTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsWrittenIsReadBackBitForBit() {
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            adapter.parameters().forEach(parameter -> parameter.detach().addInPlace(0.1));
            AdapterFolder.write(folder, adapter, "tiny");
            try (var read = AdapterFolder.read(folder, decoder)) {
                assertThat(read.settings()).isEqualTo(adapter.settings());
                assertThat(read.modules()).isEqualTo(adapter.modules());
                assertThat(TinyTask.numbers(read)).usingRecursiveComparison().isEqualTo(TinyTask.numbers(adapter));
            }
        }
    }

    @Test
    void equalAdaptersGiveEqualFiles() throws IOException {
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            AdapterFolder.write(folder.resolve("a"), adapter, "tiny");
            AdapterFolder.write(folder.resolve("b"), adapter, "tiny");
            for (var name : new String[] {"adapter_config.json", "adapter_model.safetensors"}) {
                assertThat(Files.readAllBytes(folder.resolve("a").resolve(name)))
                        .isEqualTo(Files.readAllBytes(folder.resolve("b").resolve(name)));
            }
        }
    }

    @Test
    void anAdapterForAnotherModelIsRefused() {
        try (var decoder = TinyModel.decoder(1)) {
            assertThatThrownBy(() -> AdapterFolder.read(Path.of("src/test/resources/golden/model/tied-lora"), decoder))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("this model needs");
        }
    }

    @Test
    void whatIsNotPlainLoraIsRefusedByName() throws IOException {
        try (var decoder = TinyModel.decoder(1);
                var adapter = TinyTask.adapter(decoder, 5)) {
            AdapterFolder.write(folder, adapter, "tiny");
            var config = folder.resolve("adapter_config.json");
            var written = Files.readString(config);
            Files.writeString(config, written.replace("{", "{\"use_dora\": true,"));
            assertThatThrownBy(() -> AdapterFolder.read(folder, decoder)).hasMessageContaining("use_dora");
            Files.writeString(config, written.replace("LORA", "IA3"));
            assertThatThrownBy(() -> AdapterFolder.read(folder, decoder)).hasMessageContaining("LoRA adapter");
            Files.writeString(config, "{");
            assertThatThrownBy(() -> AdapterFolder.read(folder, decoder)).hasMessageContaining("is not JSON");
            Files.delete(config);
            assertThatThrownBy(() -> AdapterFolder.read(folder, decoder))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("adapter_config.json");
        }
    }
}
