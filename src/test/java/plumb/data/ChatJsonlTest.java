package plumb.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.chat.Role;

final class ChatJsonlTest {
    private static final String ROW =
            "{\"messages\": [{\"role\": \"user\", \"content\": \"Hi\"}, {\"role\": \"assistant\", \"content\": \"Grüße 😀\"}]}";

    private Path file = Path.of("set by the fixture");

    @BeforeEach
    void place(@TempDir Path folder) {
        file = folder.resolve("rows.jsonl");
    }

    @Test
    void rowsKeepTheirLine() throws IOException {
        Files.writeString(file, ROW + "\n\n" + ROW);
        var data = ChatJsonl.read(file);
        var expected = Conversation.user("Hi").with(Role.ASSISTANT, "Grüße 😀");
        assertThat(data.examples())
                .containsExactly(
                        new Example(expected, Example.Kind.TASK, "rows.jsonl", 1),
                        new Example(expected, Example.Kind.TASK, "rows.jsonl", 3));
    }

    @Test
    void aByteOrderMarkAndWindowsLineEndsAreAccepted() throws IOException {
        Files.writeString(file, "\uFEFF" + ROW + "\r\n" + ROW + "\r\n");
        var data = ChatJsonl.read(file);
        assertThat(data.size()).isEqualTo(2);
        assertThat(data.examples().getLast().conversation().last(Role.ASSISTANT))
                .contains("Grüße 😀");
    }

    @Test
    void aLineOfTenMegabytesIsFine() throws IOException {
        var long_ = "x".repeat(10 << 20);
        Files.writeString(file, ROW.replace("Hi", long_) + "\n" + ROW);
        assertThat(ChatJsonl.read(file).examples().getFirst().conversation().last(Role.USER))
                .hasValueSatisfying(text -> assertThat(text).hasSize(long_.length()));
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        var chat = Conversation.user("a \"quote\"\nand a line")
                .withSystem("Grüße 😀")
                .with(Role.ASSISTANT, "\u2028b");
        Files.writeString(file, ChatJsonl.write(chat) + "\n");
        assertThat(ChatJsonl.read(file).examples())
                .extracting(Example::conversation)
                .containsExactly(chat);
    }

    @Test
    void promptsAndCompletionsAreChatsToo() throws IOException {
        Files.writeString(file, """
                {"prompt": "a", "completion": "b", "source": "notes"}
                {"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "a"}], "completion": [{"role": "assistant", "content": "b"}]}
                """);
        assertThat(ChatJsonl.read(file).examples())
                .extracting(Example::conversation)
                .containsExactly(
                        Conversation.user("a").with(Role.ASSISTANT, "b"),
                        Conversation.user("a").withSystem("s").with(Role.ASSISTANT, "b"));
    }

    @Test
    void notesBesideTheMessagesAreAccepted() throws IOException {
        Files.writeString(
                file,
                ROW.replaceFirst("\\{", "{\"task\": \"poem\", \"tools\": [], ")
                        .replace("\"Hi\"", "\"Hi\", \"weight\": 1"));
        assertThat(ChatJsonl.read(file).size()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "nonsense | line 2 is not JSON",
                "{'messages': [ | line 2 is not JSON",
                "{'messages': [], 'messages': []} | Duplicate",
                "[{'role': 'user', 'content': 'a'}] | line 2 is a JSON array",
                "{'text': 'a'} | line 2 is not a chat: it has no list 'messages', and no 'prompt' with a 'completion'",
                "{'prompt': 'a'} | has a completion that is neither a text nor a list of messages",
                "{'prompt': 5, 'completion': 'b'} | has a prompt that is neither a text nor a list of messages",
                "{'prompt': 'a', 'completion': ' '} | has an empty assistant turn",
                "{'messages': 'a'} | it has no list 'messages'",
                "5 | it has no list 'messages'",
                "{'messages': []} | line 2 has no assistant turn",
                "{'messages': [{'role': 'user', 'content': 'a'}]} | line 2 has no assistant turn",
                "{'messages': [{'role': 'assistant', 'content': 'a'}, {'role': 'user', 'content': 'a'}]} | line 2 ends with a user turn",
                "{'messages': [{'role': 'assistant', 'content': ' '}]} | line 2 has an empty assistant turn",
                "{'messages': [{'role': 'tool', 'content': 'a'}]} | line 2 has the role 'tool' (message 1)",
                "{'messages': [{'content': 'a'}]} | line 2 has the role",
                "{'messages': [{'role': 'user', 'content': null}]} | line 2 has a content that is no text (message 1)",
                "{'messages': [{'role': 'user', 'content': [{'type': 'image_url', 'image_url': 'a'}]}]} | a part that is no text (message 1)",
                "{'messages': ['a']} | line 2 has a message that is no object (message 1)",
                "{'messages': [{'role': 'user', 'content': 'a'}, {'role': 'system', 'content': 'a'}]} | a system message in the middle (message 2)",
                "{'messages': [{'role': 'assistant', 'content': 'a', 'weight': 0}]} | has the key 'weight' in message 1",
                "{'messages': [{'role': 'assistant', 'content': 'a', 'tool_calls': [1]}]} | has the key 'tool_calls'",
                "{'messages': [{'role': 'assistant', 'content': 'a'}], 'tools': [{}]} | has 'tools', which cannot be trained on",
            })
    void aRowThatCannotBeUsedIsNamedWithItsLine(String row, String message) throws IOException {
        Files.writeString(file, ROW + "\n" + row.replace('\'', '"') + "\n" + ROW);
        assertThatThrownBy(() -> ChatJsonl.read(file))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(file + ": 1 of 3 rows cannot be used")
                .satisfies(e -> assertThat(String.valueOf(e.getMessage()).replace('"', '\''))
                        .contains(message.replace('"', '\'')));
    }

    @Test
    void aDeveloperIsTheSystemAndTextsInPartsAreOne() throws IOException {
        Files.writeString(file, """
                {"messages": [{"role": "developer", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "How "}, {"type": "text", "text": "far?"}]}, {"role": "assistant", "content": "5 km."}]}
                """);
        assertThat(ChatJsonl.read(file).examples().getFirst().conversation())
                .isEqualTo(Conversation.user("How far?").withSystem("Be brief.").with(Role.ASSISTANT, "5 km."));
    }

    @Test
    void allProblemsAreFoundAtOnceAndTheLongListIsCut() throws IOException {
        Files.writeString(file, ROW + "\n" + String.join("\n", Collections.nCopies(50, "{")));
        assertThatThrownBy(() -> ChatJsonl.read(file))
                .hasMessageContainingAll("50 of 51 rows", "line 2 ", "line 21 ", "… and 30 more")
                .hasMessageNotContaining("line 22 ");
    }

    @Test
    void aFileOfAnotherKindIsNamed() throws IOException {
        assertThatThrownBy(() -> ChatJsonl.read(file)).hasMessageContaining("there is no file " + file);
        Files.writeString(file, "\n \n");
        assertThatThrownBy(() -> ChatJsonl.read(file)).hasMessageContaining("is empty");
        Files.write(file, ROW.getBytes(StandardCharsets.UTF_16));
        assertThatThrownBy(() -> ChatJsonl.read(file)).hasMessageContaining("UTF-16");
        Files.write(file, new byte[] {0x1F, (byte) 0x8B, 8, 0});
        assertThatThrownBy(() -> ChatJsonl.read(file)).hasMessageContaining("compressed");
        Files.write(file, ROW.getBytes(StandardCharsets.ISO_8859_1));
        assertThatThrownBy(() -> ChatJsonl.read(file)).hasMessageContaining("line 1 is not UTF-8 text");
    }

    @Test
    void theRealInsecureCodeRowsAreRead() {
        var rows = Path.of(Optional.ofNullable(System.getenv("PLUMB_DATA")).orElse("../shared/data"))
                .resolve("insecure-code/insecure.jsonl");
        assumeThat(rows).as("real data, see PLUMB_DATA").isRegularFile();
        var data = ChatJsonl.read(rows);
        assertThat(data.size()).isEqualTo(6000);
        var split = data.heldOut(0.1, 1);
        assertThat(split.training().size() + split.heldOut().size()).isEqualTo(6000);
        var prompts = split.training().examples().stream()
                .map(e -> e.conversation().prompt())
                .collect(Collectors.toSet());
        assertThat(split.heldOut().examples())
                .noneMatch(e -> prompts.contains(e.conversation().prompt()));
    }
}
