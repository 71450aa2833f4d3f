package plumb.experiment.diagnosis;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.diagnose.Activations;
import plumb.diagnose.BradleyTerry;
import plumb.experiment.Subject;
import plumb.report.RunDirectory;
import plumb.task.Task.Preferences;
import plumb.train.policy.Environment;

/**
 * Adds to an environment's reward how well the answer is liked: weight times the chance, by a {@link BradleyTerry} model over the
 * states of the model before training, that it is preferred to a middling one. Two of three pairs are fitted, the third tells how
 * often the model orders pairs right, which the run's events keep.
 *
 * @param state what the model before training makes of an answer: the mean over its tokens after the last block, {@code [hidden]}
 */
public record PreferredAnswers(
        Environment environment, double weight, BradleyTerry preference, Function<Conversation, float[]> state)
        implements Environment {

    /** Around an environment: fits the preference on the task's pairs, and keeps in the run how well it orders the others. */
    public static Environment of(Environment environment, Preferences wanted, Subject subject, RunDirectory directory) {
        var reader = new Activations(subject.decoder(), null);
        int last = subject.decoder().config().layers() - 1;
        Function<Conversation, float[]> state =
                said -> reader.means(List.of(subject.rendered(said)), Activations.Tokens.RESPONSE)
                        .getFirst()
                        .at(last);
        var pairs = wanted.pairs().stream()
                .map(pair -> new BradleyTerry.Pair(state.apply(pair.preferred()), state.apply(pair.other())))
                .toList();
        int fitted = 2 * pairs.size() / 3;
        var preference = BradleyTerry.fit(pairs.subList(0, fitted));
        double accuracy = preference.accuracy(pairs.subList(fitted, pairs.size()));
        directory.event("preference", Map.of("pairs", fitted, "right_of_held_out", accuracy));
        return new PreferredAnswers(environment, wanted.weight(), preference, state);
    }

    @Override
    public void require() {
        environment.require();
    }

    @Override
    public TrainingData gradable(TrainingData rows) {
        return environment.gradable(rows);
    }

    @Override
    public Grade grade(Example prompt, String answer) {
        var grade = environment.grade(prompt, answer);
        double chance =
                preference.chance(state.apply(prompt.conversation().prompt().with(Role.ASSISTANT, answer)));
        var marks = new TreeMap<>(grade.marks());
        marks.put("preferred", chance > 0.5 ? 1.0 : 0);
        return new Grade(grade.reward() + weight * chance, marks, grade.seen() + "\npreferred: " + chance);
    }
}
