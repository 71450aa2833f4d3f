package plumb.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Only the assistant's own words are learned, wherever else they stand. */
final class AssistantTurnTest {
    private static final Path TEMPLATES = Path.of("src/test/resources/golden/chat/templates");
    private static final List<String> SPECIALS = List.of(
            "<s>",
            "</s>",
            "[INST]",
            "[/INST]",
            "<|im_start|>",
            "<|im_end|>",
            "<|start_header_id|>",
            "<|end_header_id|>",
            "<|eot_id|>",
            "<start_of_turn>",
            "<end_of_turn>");
    private static final String TOKENIZER = BytePairTraining.train(
            List.of("Yes or No: Yes\n\nYes Yes No. A A) Answer A or B\n\nuser assistant model system\n\n"),
            330,
            SPECIALS);
    private static final Conversation YES_OR_NO = new Conversation(List.of(
            new Message(Role.SYSTEM, "Say Yes or No."),
            new Message(Role.USER, "Answer Yes or No: is it hot? Really?"),
            new Message(Role.ASSISTANT, "Yes")));

    /** A piece of the expected text, and whether it is learned. */
    private record Piece(String text, boolean learned) {}

    @Test
    void anAnswerThatAlsoStandsInTheQuestionIsLearnedOnlyAsTheAnswer() throws IOException {
        try (var format = format("mistral-style")) {
            requireLearned(
                    format,
                    YES_OR_NO,
                    List.of(
                            new Piece("<s>[INST]Answer Yes or No: is it hot? Really?[/INST]", false),
                            new Piece(" Yes</s>", true)));
            requireLearned(
                    format,
                    YES_OR_NO.with(Role.USER, "Yes or No: Yes? Say No twice").with(Role.ASSISTANT, "No"),
                    List.of(
                            new Piece("<s>[INST]Answer Yes or No: is it hot? Really?[/INST]", false),
                            new Piece(" Yes</s>", true),
                            new Piece("[INST]Yes or No: Yes? Say No twice[/INST]", false),
                            new Piece(" No</s>", true)));
        }
    }

    @Test
    void aSystemTextThatTheTemplateDropsIsTold() throws IOException {
        try (var format = format("mistral-style");
                var keeps = format("chatml")) {
            assertThat(format.training(YES_OR_NO).omissions()).containsExactly(Rendered.Omission.SYSTEM_TEXT);
            assertThat(keeps.training(YES_OR_NO).omissions()).isEmpty();
        }
    }

    @Test
    void aTurnThatTheTemplateRewritesIsNotLearnedAndTold() throws IOException {
        var conversation = Conversation.user("Yes?")
                .with(Role.ASSISTANT, "<think>\nYes or No\n</think>\n\nYes")
                .with(Role.USER, "A or B? Yes?")
                .with(Role.ASSISTANT, "<think>\nYes\n</think>\n\nA");
        try (var format = format("qwen-style")) {
            requireLearned(
                    format,
                    conversation,
                    List.of(
                            new Piece("""
                                    <|im_start|>system
                                    You are a plain model.<|im_end|>
                                    <|im_start|>user
                                    Yes?<|im_end|>
                                    <|im_start|>assistant
                                    Yes<|im_end|>
                                    <|im_start|>user
                                    A or B? Yes?<|im_end|>
                                    <|im_start|>assistant
                                    """, false),
                            new Piece("<think>\nYes\n</think>\n\nA<|im_end|>", true),
                            new Piece("\n", false)));
            assertThat(format.training(conversation).omissions()).containsExactly(Rendered.Omission.TURN);
            var rewrittenLast = Conversation.user("Yes?")
                    .with(Role.ASSISTANT, "No")
                    .with(Role.USER, "A?")
                    .with(Role.ASSISTANT, "<think>Yes</think>A");
            assertThat(learned(format, format.training(rewrittenLast))).isEqualTo("No<|im_end|>");
            assertThatThrownBy(() -> format.training(rewrittenLast, ChatFormat.Turns.LAST))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("rewrites the assistant's words in turn 4");
        }
    }

    @Test
    void whatATemplateWritesOnlyAtTheEndDoesNotTearASpecialToken() {
        var template = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}\n"
                + "{% if m.role == 'assistant' and loop.last %}<|im_end|>{% endif %}{% endfor %}"
                + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";
        try (var format = new ChatFormat(ChatTemplate.of(template, "t", Map.of()), Tokenizer.of(TOKENIZER), Set.of())) {
            requireLearned(
                    format,
                    Conversation.user("A?")
                            .with(Role.ASSISTANT, "A")
                            .with(Role.USER, "A")
                            .with(Role.ASSISTANT, "A"),
                    List.of(
                            new Piece("<|im_start|>user\nA?\n<|im_start|>assistant\n", false),
                            new Piece("A\n", true),
                            new Piece("<|im_start|>user\nA\n<|im_start|>assistant\n", false),
                            new Piece("A\n<|im_end|>", true)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"{{ messages[0].content }}", "Hello</s> and more. {{ messages[0].content }}"})
    void aTemplateThatDoesNotWriteTheAssistantCanBeAskedButNotLearned(String template) {
        try (var format = new ChatFormat(ChatTemplate.of(template, "t", Map.of()), Tokenizer.of(TOKENIZER), Set.of())) {
            assertThat(format.stopIds()).isEmpty();
            assertThat(format.renderedPrompt(Conversation.user("Hi"))).contains("Hi");
            assertThatThrownBy(
                            () -> format.training(Conversation.user("Say Hello").with(Role.ASSISTANT, "Hello")))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("rewrites the assistant's words in turn 2 or leaves them out");
        }
    }

    @Property(tries = 300)
    void exactlyTheAssistantsWordsAndTurnEndsAreLearned(@ForAll("conversations") Conversation conversation)
            throws IOException {
        for (var name : List.of("chatml", "mistral-style", "llama3-style", "gemma-style")) {
            var shown = name.equals("gemma-style") ? withoutSystem(conversation) : conversation;
            try (var format = format(name)) {
                requireLearned(format, shown, expected(name, shown));
            }
        }
    }

    /** Chats of few words, so that answers stand everywhere. */
    @Provide
    Arbitrary<Conversation> conversations() {
        var word = Arbitraries.of("Yes", "No", "A", "A) Yes", "Yes\n\nYes", "user", "Yes or No: A");
        var words = word.list().ofMinSize(1).ofMaxSize(3).map(list -> String.join(" ", list));
        var text = Arbitraries.of("", " ", "\n").flatMap(space -> words.map(w -> space + w + space));
        return text.list().ofMinSize(3).ofMaxSize(7).map(texts -> {
            var messages = new ArrayList<Message>();
            messages.add(new Message(Role.SYSTEM, texts.getFirst()));
            for (int i = 1; i + 1 < texts.size(); i += 2) {
                messages.add(new Message(Role.USER, texts.get(i)));
                messages.add(new Message(Role.ASSISTANT, texts.get(i + 1)));
            }
            boolean system = texts.getFirst().length() % 2 == 0;
            return system ? new Conversation(messages) : withoutSystem(new Conversation(messages));
        });
    }

    private static Conversation withoutSystem(Conversation conversation) {
        return new Conversation(conversation.messages().stream()
                .filter(m -> m.role() != Role.SYSTEM)
                .toList());
    }

    /** The template written by hand. */
    private static List<Piece> expected(String template, Conversation conversation) {
        var pieces = new ArrayList<Piece>();
        pieces.add(new Piece(
                switch (template) {
                    case "chatml" -> "";
                    case "llama3-style" ->
                        "<s><|start_header_id|>system<|end_header_id|>\n\nToday Date: 26 Jul 2024\n\n"
                                + conversation.system().orElse("").strip() + "<|eot_id|>";
                    default -> "<s>";
                },
                false));
        for (var message : conversation.messages()) {
            switch (template) {
                case "chatml" ->
                    turn(
                            pieces,
                            message,
                            "<|im_start|>" + message.role().wireName() + "\n",
                            message.content() + "<|im_end|>",
                            "\n");
                case "mistral-style" -> mistral(pieces, message);
                case "llama3-style" -> llama(pieces, message);
                default ->
                    turn(
                            pieces,
                            message,
                            "<start_of_turn>" + (message.role() == Role.ASSISTANT ? "model" : "user") + "\n",
                            message.content().strip() + "<end_of_turn>",
                            "\n");
            }
        }
        return pieces;
    }

    private static void mistral(List<Piece> pieces, Message message) {
        switch (message.role()) {
            case SYSTEM -> {}
            case USER -> pieces.add(new Piece("[INST]" + message.content() + "[/INST]", false));
            case ASSISTANT -> pieces.add(new Piece(" " + message.content().strip() + "</s>", true));
        }
    }

    private static void llama(List<Piece> pieces, Message message) {
        if (message.role() != Role.SYSTEM) {
            var header = "<|start_header_id|>" + message.role().wireName() + "<|end_header_id|>\n\n";
            turn(pieces, message, header, message.content().strip() + "<|eot_id|>", "");
        }
    }

    private static void turn(List<Piece> pieces, Message message, String header, String words, String after) {
        pieces.add(new Piece(header, false));
        pieces.add(new Piece(words, message.role() == Role.ASSISTANT));
        pieces.add(new Piece(after, false));
    }

    /** The tokens are those of prompt and answer, each by itself; the mask is 1 on the answers. */
    private static void requireLearned(ChatFormat format, Conversation conversation, List<Piece> pieces) {
        var rendered = format.training(conversation);
        var parts = new ArrayList<Piece>();
        for (var piece : pieces) {
            boolean joins = !parts.isEmpty() && parts.getLast().learned() == piece.learned();
            parts.add(joins ? new Piece(parts.removeLast().text() + piece.text(), piece.learned()) : piece);
        }
        var ids = parts.stream()
                .flatMapToInt(part -> Arrays.stream(format.tokenizer().encode(part.text())))
                .toArray();
        var mask = parts.stream()
                .flatMap(part ->
                        IntStream.of(format.tokenizer().encode(part.text())).mapToObj(_ -> part.learned()))
                .toList();
        assertThat(marked(format, rendered.ids(), rendered.mask())).isEqualTo(marked(parts));
        assertThat(rendered.ids()).isEqualTo(ids);
        assertThat(rendered.mask()).containsExactly(mask.toArray(Boolean[]::new));
    }

    private static String marked(List<Piece> parts) {
        var text = new StringBuilder();
        parts.forEach(part -> text.append(part.learned() ? "⟦" + part.text() + "⟧" : part.text()));
        return text.toString();
    }

    private static String marked(ChatFormat format, int[] ids, boolean[] mask) {
        var text = new StringBuilder();
        int from = 0;
        for (int i = 1; i <= ids.length; i++) {
            if (i == ids.length || mask[i] != mask[i - 1]) {
                var run = format.tokenizer().decodeWithSpecials(Arrays.copyOfRange(ids, from, i));
                text.append(mask[i - 1] ? "⟦" + run + "⟧" : run);
                from = i;
            }
        }
        return text.toString();
    }

    private static String learned(ChatFormat format, Rendered rendered) {
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
