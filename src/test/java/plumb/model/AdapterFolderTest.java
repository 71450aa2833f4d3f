package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.chat.BadInput;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.testing.Golden;
import plumb.testing.TinyModel;
import plumb.testing.TinyTask;
import tools.jackson.databind.json.JsonMapper;

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

    /** PEFT leaves a module alone when the file names it otherwise; a bare kind would also name those that see images. */
    @Test
    void theTextOfAModelThatSeesImagesIsNamedAsThere() throws IOException {
        var settings = new LoraSettings(2, 4, false, List.of("q_proj", "down_proj"));
        try (var decoder = Golden.decoder("gemma3-multimodal");
                var adapter = Adapter.fresh(decoder, settings, 5)) {
            adapter.parameters().forEach(parameter -> parameter.detach().addInPlace(0.1));
            AdapterFolder.write(folder, adapter, "tiny");

            try (var file = SafetensorsFile.open(folder.resolve("adapter_model.safetensors"))) {
                assertThat(file.names())
                        .hasSize(3 * 2 * 2)
                        .allMatch(name -> name.startsWith("base_model.model.model.language_model.layers."));
            }
            var targets = JsonMapper.shared()
                    .readTree(Files.readString(folder.resolve("adapter_config.json")))
                    .path("target_modules")
                    .asString();
            assertThat("model.language_model.layers.1.mlp.down_proj").matches(targets);
            assertThat("model.language_model.layers.1.mlp.up_proj").doesNotMatch(targets);
            assertThat("model.vision_tower.encoder.layers.0.self_attn.q_proj").doesNotMatch(targets);
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
                    .hasMessageContaining("was it made for another model?");
        }
    }

    @Test
    void matricesMustHaveTheShapesOfTheModelAndTheRankOfTheSettings() {
        try (var decoder = TinyModel.decoder(1)) {
            var up = "base_model.model.model.layers.0.mlp.up_proj.lora_";
            write(decoder, tensors -> replace(tensors, zeros(up + "A.weight", 4, 15)));
            refused(decoder, up + "A.weight has the shape [4, 15], this model needs [4, 16]");
            write(decoder, tensors -> replace(tensors, zeros(up + "B.weight", 24, 5)));
            refused(decoder, up + "B.weight has the shape [24, 5], this model needs [24, 4] at the rank of");
        }
    }

    @Test
    void aFileThatIsNotWholeIsRefused() {
        try (var decoder = TinyModel.decoder(1)) {
            var up = "base_model.model.model.layers.0.mlp.up_proj.lora_";
            write(decoder, tensors -> tensors.removeIf(t -> t.name().equals(up + "A.weight")));
            refused(decoder, "holds " + up + "B.weight but not the other matrix of this module");
            write(decoder, tensors -> tensors.removeIf(t -> t.name().contains("layers.1.mlp")));
            refused(decoder, "lacks the matrices of model.layers.1.mlp.down_proj and 2 more modules");
            write(decoder, List::clear);
            refused(decoder, "holds no LoRA matrices");
        }
    }

    @Test
    void whatHasNoPlaceIsNamed() {
        try (var decoder = TinyModel.decoder(1)) {
            var length = "base_model.model.model.layers.0.mlp.up_proj.lora_magnitude_vector";
            write(decoder, tensors -> tensors.add(zeros(length, 24)));
            refused(decoder, length + ", which this model has no place for");
            var twice = "base_model.model.model.layers.0.mlp.up_proj.lora_A.other.weight";
            write(decoder, tensors -> tensors.add(zeros(twice, 4, 16)));
            refused(decoder, "it must be one adapter's");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "base_model.model.lm_head.lora_A.weight, an adapter on the embedding or the output head is not supported",
        "base_model.model.lm_head.base_layer.weight, an adapter on the embedding or the output head is not supported",
        "base_model.model.model.embed_tokens.lora_embedding_A, an adapter on the embedding or the output head",
        "base_model.model.model.vision_tower.encoder.layers.0.self_attn.q_proj.lora_A.weight, the part that sees images",
        "base_model.model.multi_modal_projector.linear.lora_A.weight, the part that sees images"
    })
    void partsOfAModelThatCannotBeAdaptedAreSaid(String name, String message) {
        try (var decoder = TinyModel.decoder(1)) {
            write(decoder, tensors -> tensors.add(zeros(name, 4, 16)));
            refused(decoder, name + ": ");
            refused(decoder, message);
        }
    }

    @Test
    void matricesOfAModuleThatTheSettingsDoNotNameAreRefused() throws IOException {
        try (var decoder = TinyModel.decoder(1)) {
            write(decoder, tensors -> {});
            change("\"up_proj\"", "\"down_proj\"");
            refused(decoder, "up_proj, which target_modules in its adapter_config.json does not name");
        }
    }

    @Test
    void numbersThatAreNotFiniteAreRefused() {
        try (var decoder = TinyModel.decoder(1)) {
            var up = "base_model.model.model.layers.0.mlp.up_proj.lora_A.weight";
            var values = new float[4 * 16];
            values[7] = Float.NaN;
            write(decoder, tensors -> replace(tensors, StoredTensor.of(up, values, 4, 16)));
            refused(decoder, up + " holds numbers that are not finite");
        }
    }

    @Test
    void namesWithoutPrefixAndWithAnAdaptersNameAreRead() {
        try (var decoder = TinyModel.decoder(1)) {
            write(
                    decoder,
                    tensors -> tensors.replaceAll(t -> new StoredTensor(
                            t.name().replace("base_model.model.", "").replace(".weight", ".default.weight"),
                            t.dtype(),
                            t.shape(),
                            t.data())));
            try (var read = AdapterFolder.read(folder, decoder)) {
                assertThat(read.modules()).hasSize(14);
            }
        }
    }

    @Test
    void namesOfAModelThatAlsoSeesImagesAreReadAndMatchedAsTheyAreSpelled() throws IOException {
        try (var decoder = TinyModel.decoder(1)) {
            write(
                    decoder,
                    tensors -> tensors.replaceAll(t -> new StoredTensor(
                            t.name().replace("model.layers", "model.language_model.layers"),
                            t.dtype(),
                            t.shape(),
                            t.data())));
            var config = folder.resolve("adapter_config.json");
            Files.writeString(
                    config,
                    Files.readString(config)
                            .replaceFirst(
                                    "\"target_modules\" : \\[[^]]*]",
                                    "\"target_modules\" : \".*language_model.*_proj\","
                                            + " \"alpha_pattern\": {\"language_model.layers.1.mlp.up_proj\": 2}"));
            try (var read = AdapterFolder.read(folder, decoder)) {
                assertThat(read.modules()).hasSize(14).contains("model.layers.0.self_attn.q_proj");
                var up = java.util.Objects.requireNonNull(read.lora("model.layers.1.mlp.up_proj"));
                assertThat(up.scale()).isEqualTo(new LoraScale(4, 2, true));
            }
        }
    }

    @Test
    void aMissingFolderAndPicklesAreNamed() throws IOException {
        try (var decoder = TinyModel.decoder(1)) {
            assertThatThrownBy(() -> AdapterFolder.read(folder.resolve("nope"), decoder))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("there is no adapter folder " + folder.resolve("nope"));
            write(decoder, tensors -> {});
            Files.delete(folder.resolve("adapter_model.safetensors"));
            refused(decoder, "there is no weight file");
            Files.writeString(folder.resolve("adapter_model.bin"), "");
            refused(decoder, "adapter_model.bin, a form that can run code when it is read");
        }
    }

    @Test
    void anAdapterSaysWhichModelItWasMadeFor() {
        try (var decoder = TinyModel.decoder(1)) {
            write(decoder, tensors -> {});
            assertThat(AdapterFolder.base(folder)).contains("tiny");
        }
    }

    private interface Change {
        void apply(List<StoredTensor> tensors);
    }

    /** An adapter for the decoder, its stored matrices changed. */
    private void write(Decoder decoder, Change change) {
        try (var adapter = TinyTask.adapter(decoder, 5)) {
            AdapterFolder.write(folder, adapter, "tiny");
        }
        var file = folder.resolve("adapter_model.safetensors");
        try (var stored = SafetensorsFile.open(file)) {
            var tensors =
                    new ArrayList<>(stored.names().stream().map(stored::tensor).toList());
            change.apply(tensors);
            SafetensorsWriter.write(file, tensors, Map.of());
        }
    }

    private static StoredTensor zeros(String name, int... shape) {
        var sizes = java.util.Arrays.stream(shape).asLongStream().toArray();
        return StoredTensor.of(name, new float[java.util.Arrays.stream(shape).reduce(1, (a, b) -> a * b)], sizes);
    }

    private static void replace(List<StoredTensor> tensors, StoredTensor by) {
        tensors.replaceAll(t -> t.name().equals(by.name()) ? by : t);
    }

    private void change(String text, String instead) throws IOException {
        var config = folder.resolve("adapter_config.json");
        Files.writeString(config, Files.readString(config).replace(text, instead));
    }

    private void refused(Decoder decoder, String message) {
        assertThatThrownBy(() -> AdapterFolder.read(folder, decoder))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll(folder.toString(), message);
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
