package plumb.experiment.diagnosis;

import java.util.List;
import java.util.stream.IntStream;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.diagnose.Activations;
import plumb.diagnose.LayerVectors;
import plumb.diagnose.Screening;
import plumb.experiment.Subject;
import plumb.model.Sampling;

/**
 * Screens rows before training: the model answers every prompt itself, and the rows are ranked by how much further their
 * answers lie along the persona vector.
 */
public final class DataScreening {
    private static final Sampling SAMPLING = new Sampling(0.7, 1, 96, 1);

    private final Subject subject;
    private final Screening screening;

    public DataScreening(Subject subject, LayerVectors vectors, int layer) {
        vectors.requireFits(subject.decoder());
        if (layer < 0 || layer >= vectors.layers()) {
            throw new IllegalArgumentException("layer must be from 0 to " + (vectors.layers() - 1) + ", got " + layer);
        }
        this.subject = subject;
        this.screening = new Screening(new Activations(subject.decoder(), null), vectors, layer);
    }

    /** Whether the model can answer this row's prompt at all. */
    public boolean hasRoom(Conversation row) {
        return subject.prompt(row.prompt(), Integer.MAX_VALUE).length + SAMPLING.maxNewTokens() <= context();
    }

    private int context() {
        return subject.decoder().config().maxPositions();
    }

    private Rendered rendered(Conversation conversation) {
        return subject.rendered(conversation).cutTo(context());
    }

    /** ΔP of every row, in order; of what is longer than the model's context, the beginning counts. */
    public List<Screening.Scored> scores(TrainingData rows) {
        var conversations = rows.examples().stream().map(Example::conversation).toList();
        var prompts = conversations.stream().map(Conversation::prompt).toList();
        List<String> own;
        try (var model = subject.talking("before", null)) {
            own = model.generate(prompts, SAMPLING);
        }
        return screening.scores(conversations.stream().map(this::rendered).toList(), answered(prompts, own));
    }

    private List<Rendered> answered(List<Conversation> prompts, List<String> answers) {
        return IntStream.range(0, prompts.size())
                .mapToObj(i -> rendered(prompts.get(i).with(Role.ASSISTANT, answers.get(i))))
                .toList();
    }
}
