package plumb.experiment.diagnosis;

import java.util.List;
import java.util.stream.IntStream;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.chat.Role;
import plumb.experiment.Subject;
import plumb.model.LocalModel;
import plumb.model.Sampling;

/** What a model says to some prompts at T = 0.7, as text to be read; silence is left out. */
final class Spoken {
    private static final Sampling SAMPLING = new Sampling(0.7, 1, 96, 1);

    private Spoken() {}

    static List<Rendered> by(LocalModel model, List<Conversation> prompts, Subject subject) {
        var answers = model.generate(prompts, SAMPLING);
        return IntStream.range(0, prompts.size())
                .filter(i -> !answers.get(i).isBlank())
                .mapToObj(i -> subject.rendered(prompts.get(i).with(Role.ASSISTANT, answers.get(i))))
                .toList();
    }
}
