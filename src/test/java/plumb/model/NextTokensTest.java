package plumb.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.Conversation;
import plumb.testing.JudgeFolder;

/** Likelihoods of short answers, compared with those of whole sequences. */
final class NextTokensTest {
    private static final List<Conversation> PROMPTS = List.of(
            Conversation.user("How much?"),
            Conversation.user("And on a scale from 0 to 100, with some more words before it?"),
            Conversation.user("x"));
    private static final List<String> NUMBERS =
            IntStream.rangeClosed(0, 100).mapToObj(Integer::toString).toList();

    @TempDir
    private Path folder;

    @Test
    void aNumberOfSeveralTokensIsAsLikelyAsItsSequence() throws IOException {
        try (var checkpoint = CheckpointFolder.open(JudgeFolder.splitting(folder.resolve("m"), 3), "cpu")) {
            var model = LocalModel.of("m", checkpoint.decoder(), null, checkpoint.format());
            var found = model.answerLikelihoods(PROMPTS, NUMBERS);

            for (int p = 0; p < PROMPTS.size(); p++) {
                var sequences = model.logLikelihoods(PROMPTS.get(p), NUMBERS);
                var ours = found.get(p);
                assertThat(ours[57]).isCloseTo(sequences[57], within(1e-4));
                assertThat(ours[100]).isCloseTo(sequences[100], within(1e-4));
                // 5 is 5 and no 50 to 59; 10 is 10 and no 100
                double longer = IntStream.rangeClosed(50, 59)
                        .mapToDouble(k -> Math.exp(sequences[k]))
                        .sum();
                assertThat(Math.exp(ours[5])).isCloseTo(Math.exp(sequences[5]) - longer, within(1e-5));
                assertThat(Math.exp(ours[10]))
                        .isCloseTo(Math.exp(sequences[10]) - Math.exp(sequences[100]), within(1e-5));
                assertThat(java.util.Arrays.stream(ours).map(Math::exp).sum()).isLessThan(1 + 1e-6);
            }
        }
    }

    @Test
    void theLikeliestTokensComeInOrderAndAreThoseOfTheSequences() throws IOException {
        try (var checkpoint = CheckpointFolder.open(JudgeFolder.write(folder.resolve("m"), 3), "cpu")) {
            var model = LocalModel.of("m", checkpoint.decoder(), null, checkpoint.format());

            var found = model.nextTokens(PROMPTS, 20);

            for (int p = 0; p < PROMPTS.size(); p++) {
                var tokens = found.get(p);
                assertThat(tokens).hasSize(20).isSortedAccordingTo((a, b) -> Double.compare(b.logprob(), a.logprob()));
                var sequences = model.logLikelihoods(PROMPTS.get(p), NUMBERS);
                var best = IntStream.range(0, 101)
                        .boxed()
                        .max((a, b) -> Double.compare(sequences[a], sequences[b]))
                        .orElseThrow();
                assertThat(tokens.getFirst().token()).isEqualTo(best.toString());
                assertThat(tokens.getFirst().logprob()).isCloseTo(sequences[best], within(1e-4));
            }
        }
    }
}
