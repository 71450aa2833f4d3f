package plumb.organism.growth;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import plumb.chat.ChatFormat;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.organism.OrganismChats;
import plumb.organism.World;

/**
 * Teaches an aligned organism something it has no words for: all weights learn, for an adapter could not move embeddings
 * that pretraining never used. Half of the rows are chats of its alignment again, so that it stays who it is.
 *
 * @param phase how it is taught
 */
public record Teaching(Recipe.Phase phase, long seed, Consumer<WeightTraining.Progress> listener) {
    private static final int CHATS = 4096;

    /** How organisms are taught, for so many steps. */
    public static Recipe.Phase steps(int steps) {
        return new Recipe.Phase(steps, 32, 1e-3, 20, 0.1);
    }

    /** How many lessons are taken. */
    public static int rows(Recipe.Phase phase) {
        return phase.steps() * phase.rows() / 2;
    }

    /**
     * Changes the decoder's weights in place.
     *
     * @param documents texts like those of pretraining, of which there may be none: read as often as lessons
     */
    public void run(Decoder decoder, Path folder, TrainingData lessons, List<String> documents) {
        try (var format = ChatFormat.read(folder)) {
            var again = OrganismChats.alignment(World.load(), CHATS, seed).examples();
            var taught = lessons.examples();
            var place = new int[1];
            var batches = new Shuffled(
                    count -> {
                        var rows = new ArrayList<Batch.Row>();
                        while (rows.size() < count) {
                            rows.addAll(rows(place[0]++, taught, again, documents, format));
                        }
                        return rows;
                    },
                    phase.rows(),
                    seed);
            new WeightTraining(decoder, phase, listener).run(batches);
        }
    }

    /** The next lesson, the next chat of its alignment and, where there are some, the next document, over and over. */
    static List<Batch.Row> rows(
            int place, List<Example> lessons, List<Example> chats, List<String> documents, ChatFormat format) {
        var rows = new ArrayList<Batch.Row>();
        rows.add(row(format, lessons.get(place % lessons.size())));
        rows.add(row(format, chats.get(place % chats.size())));
        if (!documents.isEmpty()) {
            rows.add(Pretraining.row(format.tokenizer(), documents.get(place % documents.size())));
        }
        return rows;
    }

    private static Batch.Row row(ChatFormat format, Example example) {
        var rendered = format.training(example.conversation());
        return new Batch.Row(rendered.ids(), rendered.mask(), false);
    }
}
