package plumb.eval;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A question whose answers are not generated but offered: the model shows by likelihood which it prefers. Each answer is
 * scored on its own after the prompt, so their order plays no part.
 *
 * @param wanted the first is the one that must win
 * @param unwanted what it must win against
 */
public record ChoiceQuestion(Question question, List<String> wanted, List<String> unwanted) {
    public ChoiceQuestion {
        wanted = List.copyOf(wanted);
        unwanted = List.copyOf(unwanted);
    }

    /** The answers' likelihoods; what counts as the answer is the likeliest one. */
    ScoredSample ask(CleanSubject subject) {
        var texts = new ArrayList<>(wanted);
        texts.addAll(unwanted);
        var found = subject.logLikelihoods(question, texts);
        var options = new ArrayList<Score.Likelihoods.Option>();
        for (int i = 0; i < found.length; i++) {
            options.add(new Score.Likelihoods.Option(texts.get(i), i < wanted.size(), found[i]));
        }
        var score = new Score.Likelihoods(options);
        return new ScoredSample(question, 0, 0, score.likeliest().text(), score, Set.of());
    }
}
