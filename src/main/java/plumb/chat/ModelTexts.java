package plumb.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the small JSON files of a Hugging Face model folder say about text: template, special tokens, stop ids. */
record ModelTexts(Path folder) {
    private static final String CONFIG = "tokenizer_config.json";

    ChatTemplate template() {
        var file = folder.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            return ChatTemplate.of(read(file), file.toString(), specialTokens());
        }
        var template = json(CONFIG).path("chat_template");
        if (template.isArray()) { // several named templates
            for (var named : template) {
                if (named.path("name").asString("").equals("default")) {
                    template = named.path("template");
                }
            }
        }
        if (!template.isString()) {
            throw new BadInput("the model in " + folder + " has no chat template: put one into chat_template.jinja, or"
                    + " under chat_template in " + CONFIG);
        }
        return ChatTemplate.of(template.asString(), "in " + folder.resolve(CONFIG), specialTokens());
    }

    /** The ids that end an answer, as the model's own files name them. */
    Set<Integer> stopIds(Tokenizer tokenizer) {
        var ids = new TreeSet<Integer>();
        for (var name : new String[] {"generation_config.json", "config.json"}) {
            var node = json(name).path("eos_token_id");
            (node.isArray() ? node.values() : java.util.List.of(node))
                    .stream().filter(JsonNode::isInt).map(JsonNode::asInt).forEach(ids::add);
        }
        var named = specialTokens().get("eos_token");
        if (named != null) {
            tokenizer.id(named).ifPresent(ids::add);
        }
        return ids;
    }

    private Map<String, String> specialTokens() {
        var tokens = new LinkedHashMap<String, String>();
        var config = json(CONFIG);
        for (var name : new String[] {"bos_token", "eos_token", "pad_token", "unk_token"}) {
            var node = config.path(name);
            var text = node.isObject() ? node.path("content") : node;
            if (text.isString()) {
                tokens.put(name, text.asString());
            }
        }
        return tokens;
    }

    /** A file of the folder; empty if it is not there. */
    private JsonNode json(String name) {
        var file = folder.resolve(name);
        try {
            return Files.exists(file)
                    ? JsonMapper.shared().readTree(read(file))
                    : JsonMapper.shared().createObjectNode();
        } catch (JacksonException e) {
            throw new BadInput(file + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new BadInput("cannot read " + file + ": " + e, e);
        }
    }
}
