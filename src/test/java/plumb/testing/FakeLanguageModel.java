package plumb.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.model.OpenModel;
import plumb.model.Sampling;
import plumb.model.Site;

/** A model that answers from a function, and remembers what it was asked. */
public final class FakeLanguageModel implements OpenModel {
    private final Function<Conversation, String> answer;
    private final List<Request> requests = new ArrayList<>();
    private boolean clean = true;
    private boolean dropsSystemText;

    /** One call of generate. */
    public record Request(List<Conversation> prompts, Sampling sampling) {}

    public FakeLanguageModel(Function<Conversation, String> answer) {
        this.answer = answer;
    }

    /** As if an edit or an inoculation text were active. */
    public FakeLanguageModel unclean() {
        clean = false;
        return this;
    }

    /** As if the chat template had no system turn. */
    public FakeLanguageModel droppingSystemText() {
        dropsSystemText = true;
        return this;
    }

    public List<Request> requests() {
        return requests;
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public List<String> generate(List<Conversation> prompts, Sampling sampling) {
        requests.add(new Request(prompts, sampling));
        return prompts.stream().map(answer).toList();
    }

    @Override
    public double[] logLikelihoods(Conversation prompt, List<String> continuations) {
        return continuations.stream().mapToDouble(text -> -text.length()).toArray();
    }

    @Override
    public float[][] activations(List<Conversation> prompts, Site site) {
        return new float[prompts.size()][4];
    }

    @Override
    public String rendered(Conversation prompt) {
        return prompt.messages().stream()
                .filter(message -> !(dropsSystemText && message.role() == Role.SYSTEM))
                .map(message -> "<" + message.role().wireName() + ">" + message.content() + "\n")
                .collect(Collectors.joining("", "", "<assistant>"));
    }

    @Override
    public void requireRoom(List<Conversation> prompts, int maxNewTokens) {
        // its answers have no length
    }

    @Override
    public boolean isClean() {
        return clean;
    }
}
