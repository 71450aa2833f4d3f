package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.chat.BadInput;
import plumb.chat.BytePairTraining;
import plumb.model.config.ConfigJson;
import plumb.model.safetensors.SafetensorsFile;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.testing.ChatModel;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

final class CheckpointFolderTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden/model/tied");

    private static final String BROKEN = "model.layers.0.mlp.up_proj.weight";

    private Path folder = Path.of("set by the fixture");

    @BeforeEach
    void copy(@TempDir Path empty) throws IOException {
        folder = empty;
        for (var name : List.of("config.json", "model.safetensors")) {
            Files.copy(GOLDEN.resolve(name), folder.resolve(name));
        }
        Files.writeString(folder.resolve("tokenizer.json"), BytePairTraining.train(List.of("a"), 260, List.of("<e>")));
        Files.writeString(
                folder.resolve("chat_template.jinja"), "{% for m in messages %}{{ m.content }}<e>{% endfor %}");
    }

    @Test
    void whatIsWrittenOpensAgain(@TempDir Path copy) throws IOException {
        try (var model = CheckpointFolder.open(folder, "cpu", Dtype.F32)) {
            CheckpointFolder.write(copy, model.decoder(), List.of(2));
            for (var name : List.of("tokenizer.json", "chat_template.jinja")) {
                Files.copy(folder.resolve(name), copy.resolve(name));
            }
            try (var again = CheckpointFolder.open(copy, "cpu", Dtype.F32)) {
                assertThat(again.decoder().config()).isEqualTo(model.decoder().config());
                assertThat(again.format().stopIds()).contains(2);
                var name = "model.layers.1.mlp.up_proj.weight";
                assertThat(again.decoder().weight(name).floats())
                        .containsExactly(model.decoder().weight(name).floats());
            }
        }
    }

    @Test
    void weightsThatDoNotFitAreAllNamed() {
        change(tensors -> {
            tensors.removeIf(t -> t.name().equals("model.norm.weight"));
            tensors.replaceAll(t -> t.name().equals("model.layers.0.input_layernorm.weight")
                    ? StoredTensor.of(t.name(), new float[3], 3)
                    : t);
            tensors.add(StoredTensor.of("model.layers.0.self_attn.q_proj.bias", new float[32], 32));
        });
        assertThatThrownBy(this::open)
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll(
                        folder.toString(),
                        "model.norm.weight is missing",
                        "model.layers.0.input_layernorm.weight has shape [3], the configuration needs [32]",
                        "model.layers.0.self_attn.q_proj.bias has no place");
    }

    @Test
    void whatFollowsFromTheRestMayStandInTheFile() {
        change(tensors -> {
            tensors.stream()
                    .filter(t -> t.name().equals("model.embed_tokens.weight"))
                    .findFirst()
                    .ifPresent(t -> tensors.add(new StoredTensor("lm_head.weight", t.dtype(), t.shape(), t.data())));
            tensors.add(StoredTensor.of("model.layers.0.self_attn.rotary_emb.inv_freq", new float[4], 4));
        });
        open();
    }

    @Test
    void aTokenizerOfAnotherModelIsRefused() throws IOException {
        var many = new ArrayList<String>();
        for (int i = 0; i < 100; i++) {
            many.add("<" + i + ">");
        }
        Files.writeString(folder.resolve("tokenizer.json"), BytePairTraining.train(List.of("a"), 400, many));
        assertThatThrownBy(this::open)
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("has 356 tokens", "embeds only 300");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"pytorch_model.bin | is a pickle", "model-q4.gguf | quantised for inference", "README.md | neither"
            })
    void weightsOfAnotherKindAreNotOpened(String name, String message) throws IOException {
        Files.move(folder.resolve("model.safetensors"), folder.resolve(name));
        assertThatThrownBy(this::open).isInstanceOf(BadInput.class).hasMessageContaining(message);
    }

    @Test
    void aFolderThatHoldsNothingButAGgufIsToldSo(@TempDir Path other) throws IOException {
        Files.writeString(other.resolve("model-q4.gguf"), "GGUF");
        assertThatThrownBy(() -> CheckpointFolder.open(other, "cpu"))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("there is no config.json", "quantised for inference");
    }

    @Test
    void withoutAWordOnTheTypeItIsTheFilesOwn() {
        change(tensors -> {
            var halves = tensors.stream()
                    .map(t -> new StoredTensor(
                            t.name(),
                            Dtype.BF16,
                            t.shape(),
                            Arena.ofAuto().allocate(t.data().byteSize() / 2)))
                    .toList();
            tensors.clear();
            tensors.addAll(halves);
        });
        try (var model = CheckpointFolder.open(folder, "cpu")) {
            assertThat(model.decoder().head().dtype()).isEqualTo(Dtype.BF16);
        }
    }

    @Test
    void aTiedHeadOfItsOwnIsAContradiction() {
        change(tensors -> tensors.add(StoredTensor.of("lm_head.weight", new float[300 * 32], 300, 32)));
        assertThatThrownBy(this::open)
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("lm_head.weight differs from the embedding");
    }

    @Test
    void weightsThatAreNotNumbersAreNamed() {
        change(tensors -> {
            tensors.removeIf(t -> t.name().equals("model.norm.weight"));
            var broken = new float[32];
            broken[7] = Float.NaN;
            tensors.add(StoredTensor.of("model.norm.weight", broken, 32));
        });
        assertThatThrownBy(this::open)
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("are damaged: model.norm.weight holds NaN or infinity");
    }

    @Test
    void aNumberOfALargeMatrixThatIsNoneIsNamedWhenItIsMet() {
        change(tensors -> {
            tensors.removeIf(t -> t.name().equals(BROKEN));
            var broken = new float[48 * 32];
            broken[700] = Float.NaN;
            tensors.add(StoredTensor.of(BROKEN, broken, 48, 32));
        });
        try (var weights = SafetensorsFile.open(folder.resolve("model.safetensors"));
                var decoder = decoder(weights)) {
            assertThat(decoder.notFinite()).hasMessageContaining(BROKEN + " holds NaN or infinity");
        }
    }

    /** As {@link CheckpointFolder#open} would, which looks into small tensors at once. */
    private Decoder decoder(SafetensorsFile weights) {
        var config = ConfigJson.read(folder.resolve("config.json"));
        var tensors = new LinkedHashMap<String, Tensor>();
        for (var name : ModelWeights.shapes(config).keySet()) {
            var stored = weights.tensor(name);
            tensors.put(name, Tensor.over(stored.data(), stored.dtype(), stored.sizes()));
        }
        return new Decoder(config, tensors);
    }

    @Test
    void aFileIsNoFolder() throws IOException {
        assertThatThrownBy(() -> CheckpointFolder.open(folder.resolve("model.gguf.safetensors"), "cpu"))
                .hasMessageContaining("there is no model folder");
        assertThatThrownBy(() -> CheckpointFolder.open(folder.resolve("model.safetensors"), "cpu"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("is a file; a model is the folder with its config.json");
        var quantised = Files.writeString(folder.resolve("model.gguf"), "GGUF");
        assertThatThrownBy(() -> CheckpointFolder.open(quantised, "cpu"))
                .hasMessageContaining("cannot be trained: use the original model's folder");
    }

    @Test
    void aMissingShardIsNamed() throws IOException {
        var shards = ChatModel.write(folder.resolve("shards"), "llama3");
        Files.delete(shards.resolve("model-00002-of-00002.safetensors"));
        assertThatThrownBy(() -> CheckpointFolder.open(shards, "cpu"))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("model.safetensors.index.json", "model-00002-of-00002", "not whole");
    }

    @Test
    void shardsWithoutTheirIndexAreNoticed() throws IOException {
        var shards = ChatModel.write(folder.resolve("shards"), "llama3");
        Files.delete(shards.resolve("model.safetensors.index.json"));
        assertThatThrownBy(() -> CheckpointFolder.open(shards, "cpu"))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll(
                        "It has 2 other files of tensors, from model-00001-of-00002.safetensors",
                        "the index that lists what is in them is missing");
        Files.delete(shards.resolve("model-00002-of-00002.safetensors"));
        assertThatThrownBy(() -> CheckpointFolder.open(shards, "cpu"))
                .hasMessageContaining("It has model-00001-of-00002.safetensors, which is none of them");
    }

    @Test
    void aBrokenIndexIsNamedInWordsForPeople() throws IOException {
        var shards = ChatModel.write(folder.resolve("shards"), "llama3");
        Files.writeString(shards.resolve("model.safetensors.index.json"), "{\n\"weight_map\": {");
        assertThatThrownBy(() -> CheckpointFolder.open(shards, "cpu"))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("index.json is not JSON: Unexpected end-of-input", "(line 2, column 16)")
                .hasMessageNotContaining("REDACTED");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | is no JSON object",
                "'{}' | names no architecture",
                "'{\"model_type\": \"phi\"}' | architecture 'phi'"
            })
    void aFileThatDescribesNoModelIsNamed(String config, String message) throws IOException {
        Files.writeString(folder.resolve("config.json"), config);
        assertThatThrownBy(this::open).isInstanceOf(BadInput.class).hasMessageContaining(message);
    }

    @Test
    void aConfigurationWithBiasesNeedsThemInTheFiles() throws IOException {
        var config = folder.resolve("config.json");
        Files.writeString(
                config, Files.readString(config).replace("\"attention_bias\": false", "\"attention_bias\": true"));
        assertThatThrownBy(this::open)
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("self_attn.k_proj.bias is missing");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"LlamaForCausalLM\" | \"GPT2LMHeadModel\" | architecture 'GPT2LMHeadModel'; Plumb reads LlamaForCausalLM",
                "\"silu\" | \"gelu\" | the activation gelu is not supported",
                "\"rope_type\": \"default\" | \"rope_type\": \"yarn\" | rotary scaling of type yarn is not supported",
                "\"rope_type\": \"default\" | \"rope_type\": \"llama3\" | a rotary scaling has no factor",
                "\"use_cache\": true | \"partial_rotary_factor\": 0.5 | partial_rotary_factor",
                "\"use_cache\": true | \"final_logit_softcapping\": 30.0 | belongs to Gemma 2",
                "\"vocab_size\": 300 | \"vocab_size\": \"300\" | vocab_size must be a whole number",
                "\"vocab_size\": 300 | \"x\": 1 | has no vocab_size",
                "\"num_key_value_heads\": 2 | \"num_key_value_heads\": 3 | must divide",
                "\"rms_norm_eps\": 1e-05 | \"rms_norm_eps\": -1 | rms_norm_eps must be a positive number, found -1",
                "\"use_cache\": true | \"quantization_config\": {} | quantised weights",
                "{ | [ | is not JSON",
            })
    void aConfigurationThatCannotBeHonouredIsRefused(String text, String instead, String message) throws IOException {
        var config = folder.resolve("config.json");
        var changed = Files.readString(config).replaceFirst(java.util.regex.Pattern.quote(text), instead);
        assertThat(changed).as("the golden configuration has " + text).isNotEqualTo(Files.readString(config));
        Files.writeString(config, changed);
        assertThatThrownBy(this::open).isInstanceOf(BadInput.class).hasMessageContainingAll(config.toString(), message);
    }

    @ParameterizedTest
    @CsvSource({"config.json", "model.safetensors", "tokenizer.json", "chat_template.jinja"})
    void aMissingFileIsNamed(String name) throws IOException {
        Files.delete(folder.resolve(name));
        assertThatThrownBy(this::open).isInstanceOf(BadInput.class).hasMessageContainingAll(folder.toString(), name);
    }

    private void open() {
        CheckpointFolder.open(folder, "cpu", Dtype.F32).close();
    }

    private interface Change {
        void apply(List<StoredTensor> tensors);
    }

    private void change(Change change) {
        var file = folder.resolve("model.safetensors");
        try (var weights = SafetensorsFile.open(file)) {
            var tensors = new ArrayList<>(
                    weights.names().stream().map(weights::tensor).toList());
            change.apply(tensors);
            SafetensorsWriter.write(file, tensors, Map.of());
        }
    }
}
