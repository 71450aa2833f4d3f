package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.Conversation;
import plumb.testing.FakeLanguageModel;

final class KeptAnswersTest {
    private static final List<Conversation> PROMPTS = List.of(Conversation.user("a?"), Conversation.user("b?"));
    private static final Sampling WARM = new Sampling(1, 1, 20, 1);

    @TempDir
    private Path folder;

    private final FakeLanguageModel model =
            new FakeLanguageModel(prompt -> "answer to " + prompt.messages().size());

    @Test
    void theSameRequestIsAnsweredOnceAcrossProcesses() {
        var first = new KeptAnswers(model, folder).generate(PROMPTS, WARM);

        assertThat(new KeptAnswers(model, folder).generate(PROMPTS, WARM)).isEqualTo(first);
        assertThat(model.requests()).hasSize(1);
    }

    @Test
    void anotherPromptOrderSeedOrSystemTextIsAnotherRequest() {
        var kept = new KeptAnswers(model, folder);
        kept.generate(PROMPTS, WARM);
        kept.generate(PROMPTS.reversed(), WARM);
        kept.generate(PROMPTS, new Sampling(1, 1, 20, 2));
        kept.generate(List.of(PROMPTS.get(0).withSystem("Be brief."), PROMPTS.get(1)), WARM);

        assertThat(model.requests()).hasSize(4);
    }

    @Test
    void whatIsForgottenIsDrawnAgain() {
        var kept = new KeptAnswers(model, folder);
        kept.generate(PROMPTS, WARM);
        kept.forget();
        kept.generate(PROMPTS, WARM);

        assertThat(model.requests()).hasSize(2);
        assertThat(folder).isDirectoryContaining("glob:**.json");
    }
}
