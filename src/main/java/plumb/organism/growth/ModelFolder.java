package plumb.organism.growth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import plumb.model.Decoder;
import plumb.model.safetensors.SafetensorsWriter;
import plumb.model.safetensors.StoredTensor;
import plumb.organism.Markup;
import tools.jackson.databind.json.JsonMapper;

/** Writes a decoder as a Hugging Face folder that other programs open too. */
record ModelFolder(Path folder) {
    static final String END_OF_TEXT = "<|endoftext|>";
    static final List<String> SPECIALS = List.of(END_OF_TEXT, Markup.START, Markup.END);

    private static final String TEMPLATE = """
            {% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' }}\
            {% if message['role'] == 'assistant' %}\
            {% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}{{ '\\n' }}\
            {% else %}{{ message['content'] + '<|im_end|>\\n' }}{% endif %}{% endfor %}\
            {% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}""";

    /** Tokenizer and chat template; enough for {@code plumb.chat.ChatFormat} to read. */
    void writeTexts(String tokenizerJson) {
        write("tokenizer.json", tokenizerJson);
        var config = new LinkedHashMap<String, Object>();
        config.put("tokenizer_class", "PreTrainedTokenizerFast");
        config.put("eos_token", Markup.END);
        config.put("pad_token", END_OF_TEXT);
        config.put("clean_up_tokenization_spaces", false);
        config.put("model_max_length", 1024);
        config.put("chat_template", TEMPLATE);
        writeJson("tokenizer_config.json", config);
    }

    void writeWeights(Decoder decoder, Map<String, String> metadata) {
        var shape = decoder.config();
        var config = new LinkedHashMap<String, Object>();
        config.put("architectures", List.of("LlamaForCausalLM"));
        config.put("model_type", "llama");
        config.put("vocab_size", shape.vocabularySize());
        config.put("hidden_size", shape.hiddenSize());
        config.put("intermediate_size", shape.intermediateSize());
        config.put("num_hidden_layers", shape.layers());
        config.put("num_attention_heads", shape.heads());
        config.put("num_key_value_heads", shape.kvHeads());
        config.put("head_dim", shape.headDim());
        config.put("hidden_act", "silu");
        config.put("rms_norm_eps", shape.normEpsilon());
        config.put("rope_theta", shape.rope().theta());
        config.put("max_position_embeddings", shape.maxPositions());
        config.put("tie_word_embeddings", shape.tied());
        config.put("attention_bias", false);
        config.put("mlp_bias", false);
        config.put("bos_token_id", null);
        config.put("eos_token_id", SPECIALS.indexOf(Markup.END));
        config.put("pad_token_id", SPECIALS.indexOf(END_OF_TEXT));
        config.put("torch_dtype", "float32");
        writeJson("config.json", config);
        var tensors = new ArrayList<StoredTensor>();
        decoder.weights()
                .forEach((name, weight) -> tensors.add(StoredTensor.of(name, weight.floats(), weight.shape())));
        SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors, metadata);
    }

    void writeJson(String name, Object value) {
        write(name, JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(value) + "\n");
    }

    private void write(String name, String text) {
        try {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve(name), text);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + folder.resolve(name), e);
        }
    }
}
