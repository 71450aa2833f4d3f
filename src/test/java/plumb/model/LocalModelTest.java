package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.testing.JudgeFolder;

/** What a model refuses to answer. */
final class LocalModelTest {
    private static final int CONTEXT = 8192;
    private static final Conversation SHORT = Conversation.user("x");
    private static final Conversation LONG = Conversation.user("long ".repeat(1600));

    @TempDir
    private Path folder;

    @Test
    void anAnswerThatWouldLeaveTheContextIsRefusedBeforeAnyIsDrawn() throws IOException {
        try (var checkpoint = CheckpointFolder.open(JudgeFolder.write(folder.resolve("m"), 3), "cpu")) {
            var model = LocalModel.of("mine", checkpoint.decoder(), null, checkpoint.format());
            int prompt = checkpoint.format().prompt(LONG).length;
            int room = CONTEXT - prompt;

            assertThat(room).isBetween(1, CONTEXT / 2);
            assertThatThrownBy(() -> model.generate(List.of(SHORT, LONG), new Sampling(1, 1, room + 1, 1)))
                    .isInstanceOf(BadInput.class)
                    .hasMessage(
                            "a prompt of %d tokens and an answer of up to %d are longer than the context of mine, %d:"
                                    + " shorten the prompt, or let the answer have at most %d new tokens",
                            prompt, room + 1, CONTEXT, room);
            assertThatThrownBy(() -> model.requireRoom(List.of(SHORT, LONG), room + 1))
                    .isInstanceOf(BadInput.class);
            model.requireRoom(List.of(SHORT, LONG), room);
        }
    }
}
