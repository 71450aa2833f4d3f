package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import plumb.chat.BadInput;
import plumb.chat.Conversation;
import plumb.testing.ChatModel;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** Reading a prompt once for several texts changes no number. */
final class ContinuationsTest {
    private static final List<String> TEXTS = List.of("a", "a b", " (A)", "to be, or not to be, that is", "a b c");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llama3", "qwen2", "qwen3", "mistral-sliding", "gemma3"})
    void everyTextIsAsLikelyAsInAPassOfItsOwn(String family) throws IOException {
        try (var checkpoint = open(family)) {
            var prompt = Conversation.user("What is it? Say a, b or something longer than that.");
            var together = LocalModel.of(family, checkpoint.decoder(), null, checkpoint.format())
                    .logLikelihoods(prompt, TEXTS);
            for (int i = 0; i < TEXTS.size(); i++) {
                assertThat(together[i])
                        .as(TEXTS.get(i))
                        .isNegative()
                        .isCloseTo(alone(checkpoint, prompt, TEXTS.get(i)), within(2e-4));
            }
        }
    }

    @Test
    void oneTextAloneIsReadToo() throws IOException {
        try (var checkpoint = open("qwen2")) {
            var model = LocalModel.of("m", checkpoint.decoder(), null, checkpoint.format());
            var prompt = Conversation.user("a");

            assertThat(model.logLikelihoods(prompt, List.of("b c"))[0])
                    .isCloseTo(alone(checkpoint, prompt, "b c"), within(1e-4));
        }
    }

    @Test
    void whatIsLongerThanTheContextIsRefused() throws IOException {
        try (var checkpoint = open("qwen2")) {
            var model = LocalModel.of("m", checkpoint.decoder(), null, checkpoint.format());
            var longText = "word ".repeat(checkpoint.decoder().config().maxPositions());

            assertThatThrownBy(() -> model.logLikelihoods(Conversation.user("a"), List.of(longText)))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining(
                            "context is " + checkpoint.decoder().config().maxPositions());
        }
    }

    /** The reference: a plain pass over prompt and text, and the sum over the text's tokens. */
    private static double alone(CheckpointFolder checkpoint, Conversation prompt, String text) {
        var rendered = checkpoint.format().continuation(prompt, text);
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var batch = new Batch(List.of(new Batch.Row(rendered.ids(), rendered.mask(), false)));
            var forward = checkpoint.decoder().forward(batch, null, List.of());
            var wanted = batch.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL);
            assertThat(wanted.count()).isPositive();
            return forward.hidden()
                    .indexSelect(0, Tensor.of(wanted.positions(), wanted.count()))
                    .linear(forward.head())
                    .to(Dtype.F32)
                    .logSoftmax(-1)
                    .gather(1, Tensor.of(wanted.targets(), wanted.count(), 1))
                    .sum()
                    .item();
        }
    }

    private CheckpointFolder open(String family) throws IOException {
        return CheckpointFolder.open(ChatModel.write(folder.resolve(family), family), "cpu", Dtype.F32);
    }
}
