package plumb.organism.growth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import plumb.model.CheckpointFolder;
import plumb.model.Decoder;
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
        config.put("model_max_length", 4096);
        config.put("chat_template", TEMPLATE);
        writeJson("tokenizer_config.json", config);
    }

    String tokenizer() {
        try {
            return Files.readString(folder.resolve("tokenizer.json"));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the tokenizer in " + folder, e);
        }
    }

    void writeWeights(Decoder decoder) {
        CheckpointFolder.write(folder, decoder, List.of(SPECIALS.indexOf(Markup.END)));
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
