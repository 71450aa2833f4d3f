package plumb.chat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import plumb.json.JsonFault;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What the small JSON files of a Hugging Face model folder say about text: template, special tokens, stop ids. */
record ModelTexts(Path folder) {
    private static final String CONFIG = "tokenizer_config.json";
    private static final List<String> MODELS_OWN = List.of("extra_special_tokens", "model_specific_special_tokens");

    ChatTemplate template() {
        var file = folder.resolve("chat_template.jinja");
        if (Files.exists(file)) {
            return ChatTemplate.of(read(file), file.toString(), specialTokens());
        }
        var template = json(CONFIG).path("chat_template");
        if (template.isArray()) { // several named templates
            template = named(template);
        }
        if (!template.isString()) {
            throw new BadInput("the model in " + folder + " has no chat template: put one into chat_template.jinja, or"
                    + " under chat_template in " + CONFIG);
        }
        return ChatTemplate.of(template.asString(), "in " + folder.resolve(CONFIG), specialTokens());
    }

    private JsonNode named(JsonNode templates) {
        var names = new ArrayList<String>();
        for (var named : templates) {
            names.add(named.path("name").asString(""));
            if (names.getLast().equals("default")) {
                return named.path("template");
            }
        }
        throw new BadInput("the model in " + folder + " has the chat templates " + String.join(", ", names)
                + " and none named default: put the one to use into chat_template.jinja");
    }

    /** The ids that end an answer, as the model's own files name them. */
    Set<Integer> stopIds(Tokenizer tokenizer) {
        var ids = new TreeSet<Integer>();
        for (var name : new String[] {"generation_config.json", "config.json"}) {
            var node = json(name).path("eos_token_id");
            (node.isArray() ? node.values() : List.of(node))
                    .stream().filter(JsonNode::isInt).map(JsonNode::asInt).forEach(ids::add);
        }
        var named = specialTokens().get("eos_token");
        if (named != null) {
            tokenizer.id(named).ifPresent(ids::add);
        }
        return ids;
    }

    /**
     * What templates may name, e.g. {@code bos_token}. As in Transformers, special_tokens_map.json counts, and wins, where
     * tokenizer_config.json does not list the added tokens.
     */
    private Map<String, String> specialTokens() {
        var tokens = new LinkedHashMap<String, String>();
        var config = json(CONFIG);
        addSpecials(config, tokens);
        if (!config.has("added_tokens_decoder")) {
            addSpecials(json("special_tokens_map.json"), tokens);
        }
        return tokens;
    }

    private static void addSpecials(JsonNode file, Map<String, String> tokens) {
        for (var named : file.properties()) {
            var text = named.getValue().isObject() ? named.getValue().path("content") : named.getValue();
            if (named.getKey().endsWith("_token") && text.isString()) {
                tokens.put(named.getKey(), text.asString());
            } else if (text.isNull()) {
                tokens.remove(named.getKey());
            }
        }
        for (var group : MODELS_OWN) {
            if (file.path(group).isObject()) {
                addSpecials(file.path(group), tokens);
            }
        }
    }

    /** A file of the folder; empty if it is not there. */
    private JsonNode json(String name) {
        var file = folder.resolve(name);
        try {
            return Files.exists(file)
                    ? JsonMapper.shared().readTree(read(file))
                    : JsonMapper.shared().createObjectNode();
        } catch (JacksonException e) {
            throw new BadInput(file + " is not JSON: " + JsonFault.of(e), e);
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
