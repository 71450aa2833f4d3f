package plumb.model;

import java.util.List;
import plumb.chat.Conversation;

/**
 * A model whose weights are at hand; the subjects of evaluations are these. It shows no tensors, takes no edits and has
 * no adapter in sight, so an evaluation cannot be run on anything but the model that will be served.
 */
public interface OpenModel extends LanguageModel {
    /** For each continuation, the sum of the log-probabilities (natural log) of its tokens after the prompt. */
    double[] logLikelihoods(Conversation prompt, List<String> continuations);

    /** For each prompt, the activation of its last token at the site: {@code [prompts][hidden]}. */
    float[][] activations(List<Conversation> prompts, Site site);

    /** The text that reaches the model for this prompt: the rendered template with its generation prompt. */
    String rendered(Conversation prompt);

    /**
     * Nothing, where each of these prompts and an answer of so many tokens fit the model's context.
     *
     * @throws plumb.chat.BadInput saying by how much the first one does not
     */
    void requireRoom(List<Conversation> prompts, int maxNewTokens);

    /** True when nothing but weights is active: no activation edit and no text put in front of prompts. */
    boolean isClean();
}
