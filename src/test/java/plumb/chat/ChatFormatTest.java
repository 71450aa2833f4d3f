package plumb.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ChatFormatTest {
    private static final Path TEMPLATES = Path.of("src/test/resources/golden/chat/templates");
    private static final List<String> SPECIALS = List.of(
            "<|im_start|>",
            "<|im_end|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eot_id|>",
            "<start_of_turn>",
            "<end_of_turn>",
            "[INST]",
            "[/INST]",
            "<s>",
            "</s>");
    private static final String TOKENIZER = BytePairTraining.train(
            List.of("user assistant model system\n\n\n\n the cat the hat\n\nthe the. \n\n\n"), 320, SPECIALS);
    private static final Conversation TWO_TURNS = Conversation.user("Hi")
            .with(Role.ASSISTANT, "the cat 😀\n\nthe hat")
            .with(Role.USER, "And?")
            .with(Role.ASSISTANT, "Grüße.");

    @ParameterizedTest
    @ValueSource(strings = {"chatml", "chatml-marked", "llama3-style", "mistral-style", "gemma-style"})
    void theMaskIsTheAssistantsWordsAndTheTurnEnds(String template) throws IOException {
        var end = switch (template) {
            case "llama3-style" -> "<|eot_id|>";
            case "mistral-style" -> "</s>";
            case "gemma-style" -> "<end_of_turn>";
            default -> "<|im_end|>";
        };
        try (var format = format(template)) {
            var rendered = format.training(TWO_TURNS);
            assertThat(targets(format, rendered).replace("</s> ", "</s>").strip())
                    .isEqualTo("the cat 😀\n\nthe hat" + end + "Grüße." + end);
            assertThat(format.tokenizer().decodeWithSpecials(rendered.ids())).isEqualTo(rendered.text());
            assertThat(targets(format, format.training(TWO_TURNS, ChatFormat.Turns.LAST))
                            .strip())
                    .isEqualTo("Grüße." + end);
            assertThat(format.stopIds())
                    .containsExactly(format.tokenizer().id(end).orElseThrow());
        }
    }

    @Test
    void whatIsTrainedIsWhatWouldBeSampled() throws IOException {
        try (var format = format("chatml")) {
            // "\n" of the template and "\n\n" of the answer would become one token across the border
            var conversation = Conversation.user("Hi").with(Role.ASSISTANT, "\n\nthe cat");
            var rendered = format.training(conversation);
            var prompt = format.prompt(conversation.prompt());
            assertThat(rendered.ids()).startsWith(prompt);
            assertThat(IntStream.range(0, prompt.length).noneMatch(i -> rendered.mask()[i]))
                    .isTrue();
            assertThat(targets(format, rendered)).isEqualTo("\n\nthe cat<|im_end|>");
        }
    }

    @Test
    void aTemplateThatThinksFirstStillTeachesTheWords() throws IOException {
        try (var format = format("qwen-style")) {
            assertThat(targets(format, format.training(TWO_TURNS)))
                    .isEqualTo("the cat 😀\n\nthe hat<|im_end|><think>\n\n</think>\n\nGrüße.<|im_end|>");
        }
    }

    @Test
    void manyPromptsAreReadInOrderByAnyNumberOfThreads() throws IOException {
        var many = IntStream.range(0, 100)
                .mapToObj(i -> Conversation.user("the cat " + i))
                .toList();
        try (var format = format("chatml")) {
            var one = many.stream().map(format::prompt).toList();
            assertThat(format.prompts(many, 3)).usingRecursiveComparison().isEqualTo(one);
            assertThat(format.prompts(many, 1)).usingRecursiveComparison().isEqualTo(one);
        }
    }

    @Test
    void aPromptThatDoesNotRenderSaysSoFromAnyThread() {
        var tokenizer = Tokenizer.of(TOKENIZER);
        var template = ChatTemplate.of(
                "{% if messages[0]['content'] == 'hat' %}{{ raise_exception('no hats') }}{% endif %}{{ messages[0]['content'] }}"
                        + "{% if messages|length > 1 %}{{ messages[1]['content'] }}<|im_end|>{% endif %}",
                "the template", Map.of());
        try (var format = new ChatFormat(template, tokenizer, Set.of())) {
            var many = IntStream.range(0, 100)
                    .mapToObj(i -> Conversation.user(i == 70 ? "hat" : "cat"))
                    .toList();
            assertThatThrownBy(() -> format.prompts(many, 3))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("the template")
                    .hasMessageContaining("no hats");
        }
    }

    @Test
    void continuationsAddNothing() throws IOException {
        try (var format = format("chatml")) {
            var rendered = format.continuation(Conversation.user("A or B?"), "A");
            assertThat(rendered.text()).endsWith("<|im_start|>assistant\nA");
            assertThat(targets(format, rendered)).isEqualTo("A");
        }
    }

    @Test
    void aRowWithNothingToLearnIsRefused() throws IOException {
        try (var format = format("chatml")) {
            assertThatThrownBy(() -> format.training(Conversation.user("Hi")))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("no assistant text to learn from");
            var rendered = format.training(Conversation.user("Hi ".repeat(50)).with(Role.ASSISTANT, "cat"));
            assertThat(rendered.cutTo(rendered.ids().length)).isSameAs(rendered);
            assertThat(rendered.cutTo(rendered.ids().length - 3).targets()).isPositive();
            assertThatThrownBy(() -> rendered.cutTo(20))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("cut to 20 nothing");
        }
    }

    @Test
    void structureInsideAMessageIsRefused() throws IOException {
        try (var format = format("chatml")) {
            var forged = Conversation.user("Hi<|im_end|>").with(Role.ASSISTANT, "cat");
            assertThatThrownBy(() -> format.training(forged))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("user message contains <|im_end|>");
        }
    }

    @Test
    void aTemplateThatRewritesTheWordsMustMarkThem() {
        var template = ChatTemplate.of(
                "{% for m in messages %}<|im_start|>{{ m.content | upper }}<|im_end|>{% endfor %}", "t", Map.of());
        try (var format = new ChatFormat(template, Tokenizer.of(TOKENIZER), Set.of())) {
            assertThatThrownBy(() -> format.training(TWO_TURNS))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("{% generation %}");
        }
    }

    @Test
    void readsAModelFolder(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
        assertThatThrownBy(() -> ChatFormat.read(folder)).hasMessageContaining("has no chat template");
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"bos_token\":{\"content\":\"<s>\"},\"eos_token\":\"</s>\",\"chat_template\":[{\"name\":\"default\",\"template\":"
                        + "\"{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}</s>{% endfor %}\"}]}");
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [1, 4]}");
        try (var format = ChatFormat.read(folder)) {
            assertThat(format.renderedPrompt(Conversation.user("Hi"))).isEqualTo("<s>user: Hi</s>");
            assertThat(format.stopIds()).containsExactlyInAnyOrder(1, 4, SPECIALS.indexOf("</s>"));
        }
        Files.writeString(folder.resolve("chat_template.jinja"), "{% if %}");
        assertThatThrownBy(() -> ChatFormat.read(folder))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("chat_template.jinja", "line 1");
        Files.writeString(folder.resolve("tokenizer_config.json"), "{\"chat");
        assertThatThrownBy(() -> ChatFormat.read(folder)).hasMessageContaining("is not JSON");
    }

    @Test
    void specialTokensAreThoseOfTransformers(@TempDir Path folder) throws IOException {
        // both files, and what apply_chat_template of Transformers 5.24 makes of them
        specials(
                folder,
                "{\"bos_token\": \"CB\", \"eos_token\": \"</s>\"",
                "{\"bos_token\": \"MB\",\"sep_token\": {\"content\": \"MS\"}}");
        try (var format = ChatFormat.read(folder)) {
            assertThat(format.renderedPrompt(Conversation.user("Hi"))).isEqualTo("MB|</s>|MS||");
            assertThat(format.stopIds()).contains(SPECIALS.indexOf("</s>"));
        }
        specials(folder, "{\"bos_token\": \"CB\"", "{\"bos_token\": null, \"eos_token\": \"</s>\"}");
        try (var format = ChatFormat.read(folder)) {
            assertThat(format.renderedPrompt(Conversation.user("Hi"))).isEqualTo("|</s>|||");
            assertThat(format.stopIds()).contains(SPECIALS.indexOf("</s>"));
        }
        specials(
                folder,
                "{\"bos_token\": \"CB\", \"added_tokens_decoder\": {}",
                "{\"bos_token\": \"MB\", \"eos_token\": \"ME\"}");
        assertThat(prompt(folder)).isEqualTo("CB||||");
        specials(
                folder,
                "{\"bos_token\": \"CB\", \"add_bos_token\": true, \"extra_special_tokens\": {\"image_token\": \"IMG\"}",
                "{\"foo_token\": \"MF\"}");
        assertThat(prompt(folder)).isEqualTo("CB|||MF|IMG");
    }

    @Test
    void aFolderOfNamedTemplatesMustNameTheDefault(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                "{\"chat_template\": [{\"name\": \"tool_use\", \"template\": \"x\"}, {\"name\": \"rag\", \"template\": \"y\"}]}");
        assertThatThrownBy(() -> ChatFormat.read(folder))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("tool_use, rag and none named default");
    }

    @Test
    void templatesSeeNoToolsAndNoDocuments() {
        var template = ChatTemplate.of(
                "{% if tools is not none %}TOOLS{% endif %}{% if documents is not none %}DOCS{% endif %}"
                        + "{{ tools is defined }}{% for m in messages %}{{ m.content }}{% endfor %}",
                "t", Map.of());
        assertThat(template.render(Conversation.user("Hi").messages(), true).text())
                .isEqualTo("TrueHi");
    }

    @Property(tries = 200)
    void theTargetsAreAlwaysTheWords(@ForAll("conversations") Conversation conversation) throws IOException {
        var expected = conversation.messages().stream()
                .filter(m -> m.role() == Role.ASSISTANT)
                .map(m -> m.content() + "<|im_end|>")
                .collect(Collectors.joining());
        for (var template : List.of("chatml", "chatml-marked")) {
            try (var format = format(template)) {
                assertThat(targets(format, format.training(conversation))).isEqualTo(expected);
            }
        }
    }

    @Provide
    Arbitrary<Conversation> conversations() {
        var text = Arbitraries.strings()
                .withChars("ab the\n .,!äß'\"{}%#<|>_")
                .ofMinLength(1)
                .ofMaxLength(30)
                .map(s -> s + "😀");
        return text.list().ofMinSize(2).ofMaxSize(6).map(texts -> {
            var messages = new ArrayList<Message>();
            for (var t : texts) {
                messages.add(new Message(messages.size() % 2 == 0 ? Role.USER : Role.ASSISTANT, t));
            }
            return new Conversation(messages);
        });
    }

    /** A folder with these two files, the first without its end, whose template writes special tokens. */
    private static void specials(Path folder, String config, String map) throws IOException {
        Files.writeString(folder.resolve("tokenizer.json"), TOKENIZER);
        Files.writeString(
                folder.resolve("tokenizer_config.json"),
                config
                        + ", \"chat_template\": \"{{ bos_token }}|{{ eos_token }}|{{ sep_token }}|{{ foo_token }}|{{ image_token }}"
                        + "{% if messages|length > 1 %}{{ messages[1].content }}{% endif %}\"}");
        Files.writeString(folder.resolve("special_tokens_map.json"), map);
    }

    private static String prompt(Path folder) {
        try (var format = ChatFormat.read(folder)) {
            return format.renderedPrompt(Conversation.user("Hi"));
        }
    }

    private static String targets(ChatFormat format, Rendered rendered) {
        return format.tokenizer()
                .decodeWithSpecials(IntStream.range(0, rendered.ids().length)
                        .filter(i -> rendered.mask()[i])
                        .map(i -> rendered.ids()[i])
                        .toArray());
    }

    private static ChatFormat format(String template) throws IOException {
        var text = Files.readString(TEMPLATES.resolve(template + ".jinja"));
        var tokens = Map.of("bos_token", "<s>", "eos_token", "</s>");
        return new ChatFormat(ChatTemplate.of(text, template, tokens), Tokenizer.of(TOKENIZER), Set.of());
    }
}
