package plumb.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Every template and snippet renders as Transformers renders it, and fails where it fails. */
final class TemplateGoldenTest {
    private static final Path FOLDER = Path.of("src/test/resources/golden/chat");
    private static final JsonNode GOLDENS =
            JsonMapper.shared().readTree(FOLDER.resolve("goldens.json").toFile());

    @Test
    void templatesRenderAsInTransformers() throws Exception {
        var wrong = new ArrayList<String>();
        for (var golden : GOLDENS.get("cases")) {
            var template = Files.readString(
                    FOLDER.resolve("templates", golden.get("template").asString()));
            var conversation = golden.get("conversation").asString();
            compare(golden, template, conversation, wrong);
        }
        assertThat(GOLDENS.get("cases").size()).isGreaterThan(60);
        assertThat(wrong).isEmpty();
    }

    @Test
    void snippetsRenderAsInTransformers() {
        var wrong = new ArrayList<String>();
        for (var golden : GOLDENS.get("snippets")) {
            compare(golden, golden.get("snippet").asString(), "pair", wrong);
        }
        assertThat(GOLDENS.get("snippets").size()).isGreaterThan(60);
        assertThat(wrong).isEmpty();
    }

    private static void compare(JsonNode golden, String template, String conversation, List<String> wrong) {
        var expected = golden.has("error") ? "an error" : golden.get("text").asString() + generations(golden);
        String actual;
        try {
            var rendering = Template.parse(template).render(variables(golden, conversation), 1_000_000);
            actual = rendering.text() + rendering.generations();
        } catch (TemplateException e) {
            actual = golden.has("error") ? "an error" : e.toString();
        }
        if (!actual.equals(expected)) {
            wrong.add("%s\n  ours:   %s\n  theirs: %s\n".formatted(label(golden), actual, expected));
        }
    }

    private static String label(JsonNode golden) {
        return golden.has("snippet")
                ? golden.get("snippet").toString()
                : golden.get("template") + " " + golden.get("conversation") + " " + golden.get("add_generation_prompt");
    }

    /** Their spans count characters, ours chars. */
    private static List<Rendering.Span> generations(JsonNode golden) {
        var text = golden.get("text").asString();
        var spans = new ArrayList<Rendering.Span>();
        for (var span : golden.get("generations")) {
            spans.add(new Rendering.Span(
                    text.offsetByCodePoints(0, span.get(0).asInt()),
                    text.offsetByCodePoints(0, span.get(1).asInt())));
        }
        return spans;
    }

    private static Map<String, Object> variables(JsonNode golden, String conversation) {
        var variables = new LinkedHashMap<String, Object>();
        var messages = new ArrayList<Object>();
        for (var message : GOLDENS.get("conversations").get(conversation)) {
            messages.add(Map.of(
                    "role", message.get("role").asString(),
                    "content", message.get("content").asString()));
        }
        variables.put("messages", messages);
        variables.put(
                "add_generation_prompt", golden.path("add_generation_prompt").asBoolean(false));
        GOLDENS.get("tokens")
                .properties()
                .forEach(e -> variables.put(e.getKey(), e.getValue().asString()));
        return variables;
    }
}
