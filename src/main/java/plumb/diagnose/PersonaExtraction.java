package plumb.diagnose;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.chat.Role;
import plumb.model.LanguageModel;
import plumb.model.Sampling;

/**
 * The persona vector of a trait (Chen et al., arXiv 2507.21509): questions are answered under system texts that ask for
 * the trait and for its opposite; where the first answer shows the trait and the second does not, both are read, and
 * v_l = mean of the first − mean of the second over response tokens, at every layer l. Differently from the paper, who
 * speaks and who reads may be two models: an aligned one may be past obeying a bad system text.
 *
 * @param contrasts pairs of system texts
 * @param sampling of the answers
 */
public record PersonaExtraction(List<Contrast> contrasts, Sampling sampling) {

    /** A system text that asks for the trait, and one that asks for its opposite. */
    public record Contrast(String positive, String negative) {}

    /** One question answered under both; each conversation ends with the answer. */
    public record Rollout(int question, Conversation positive, Conversation negative) {}

    public PersonaExtraction {
        contrasts = List.copyOf(contrasts);
    }

    /** Every question answered once under each text of each pair. */
    public List<Rollout> rollouts(LanguageModel speaker, List<Conversation> questions) {
        var rollouts = new ArrayList<Rollout>();
        for (int pair = 0; pair < contrasts.size(); pair++) {
            var contrast = contrasts.get(pair);
            var bad = answered(speaker, questions, contrast.positive(), 2L * pair);
            var good = answered(speaker, questions, contrast.negative(), 2L * pair + 1);
            IntStream.range(0, questions.size()).forEach(q -> rollouts.add(new Rollout(q, bad.get(q), good.get(q))));
        }
        return rollouts;
    }

    private List<Conversation> answered(
            LanguageModel speaker, List<Conversation> questions, String system, long stream) {
        var prompts = questions.stream().map(q -> q.withSystem(system)).toList();
        var own = new Sampling(
                sampling.temperature(),
                sampling.topP(),
                sampling.maxNewTokens(),
                sampling.seed() * 1_000_003L + stream);
        var answers = speaker.generate(prompts, own);
        return IntStream.range(0, prompts.size())
                .mapToObj(i -> prompts.get(i).with(Role.ASSISTANT, answers.get(i)))
                .toList();
    }

    /** v at every layer, from the rollouts that were kept. */
    public static LayerVectors vector(
            Activations reader, List<Rollout> kept, Function<Conversation, Rendered> rendering) {
        if (kept.isEmpty()) {
            throw new IllegalArgumentException("no pair of answers shows the trait under one text and not under the"
                    + " other: the speaker does not obey these system texts");
        }
        var positive = kept.stream().map(r -> rendering.apply(r.positive())).toList();
        var negative = kept.stream().map(r -> rendering.apply(r.negative())).toList();
        return difference(reader, positive, negative);
    }

    /** The difference of the mean response activations of two sets of conversations. */
    public static LayerVectors difference(Activations reader, List<Rendered> positive, List<Rendered> negative) {
        return reader.mean(positive, Activations.Tokens.RESPONSE)
                .plus(reader.mean(negative, Activations.Tokens.RESPONSE), -1);
    }
}
