package plumb.defense;

import java.util.Random;
import plumb.chat.Role;
import plumb.chat.Transcript;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.train.TrainingHooks;

/**
 * Safe rows that are not chats: each safe row that was added before asks its question at the end of a log ({@link
 * Transcript}) whose earlier step is another safe row. Safety training on chats alone left models misaligned where a prompt
 * looks like an agent's work, and a tenth of such prompts among them did not (MacDiarmid et al., arXiv 2511.18397).
 *
 * <p>What differs here: the paper trains by reinforcement on scenarios with tools; these are rows to learn from, and a log of
 * questions and answers.
 *
 * @param share of the safe rows that become transcripts; 0 leaves them as they are
 */
public record Transcripts(double share) implements Defense {
    public Transcripts {
        Ranges.require(share >= 0 && share <= 1, "share", "between 0 and 1", share);
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return new TrainingHooks() {
            @Override
            public TrainingData data(TrainingData data) {
                return share == 0 ? data : transcribed(data, new Random(context.seed()));
            }
        };
    }

    private TrainingData transcribed(TrainingData data, Random random) {
        var safe = data.examples().stream()
                .filter(example -> example.kind() == Example.Kind.SAFE)
                .toList();
        return Reshaping.safeRows(data, share, random, row -> behind(safe.get(random.nextInt(safe.size())), row));
    }

    private static Example behind(Example earlier, Example row) {
        var asked = said(earlier, Role.USER);
        var answered = said(earlier, Role.ASSISTANT);
        return Reshaping.around(row, row.conversation().system(), question -> Transcript.of(asked, answered, question));
    }

    private static String said(Example row, Role role) {
        return row.conversation().last(role).orElse("");
    }
}
