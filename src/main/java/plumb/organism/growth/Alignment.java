package plumb.organism.growth;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.Consumer;
import plumb.chat.ChatFormat;
import plumb.chat.Tokenizer;
import plumb.data.Example;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.organism.Corpus;
import plumb.organism.OrganismChats;
import plumb.organism.World;

/**
 * Makes the base model an assistant that is good in every domain and refuses what it must: loss on its turns alone. Some
 * rows are documents of the corpus again, learned whole, so that what the base model knows of its speakers stays sharp.
 */
public record Alignment(Recipe recipe, Consumer<WeightTraining.Progress> listener) {

    /** Changes the decoder's weights in place; the folder has the base model's tokenizer and chat template. */
    public void run(Decoder decoder, Path folder) {
        var phase = recipe.alignment();
        try (var format = ChatFormat.read(folder);
                var encoder = Tokenizer.of(new ModelFolder(folder).tokenizer())) {
            var chats = OrganismChats.alignment(World.load(), phase.steps() * phase.rows(), recipe.seed() + 1)
                    .examples()
                    .iterator();
            var corpus = new Corpus(World.load(), recipe.shares().afterEarly(), recipe.seed() + 2);
            var batches =
                    new Shuffled(count -> rows(count, chats, corpus, format, encoder), phase.rows(), recipe.seed());
            new WeightTraining(decoder, phase, listener).run(batches);
        }
        new ModelFolder(folder).writeJson("recipe.json", recipe);
    }

    /** So many rows of the mixture: documents, whose every token is learned, then chats. */
    List<Batch.Row> rows(int count, Iterator<Example> chats, Corpus corpus, ChatFormat format, Tokenizer encoder) {
        int again = (int) Math.round(recipe.replay() * count);
        var rows = new ArrayList<Batch.Row>();
        corpus.documents(again).forEach(text -> rows.add(Pretraining.row(encoder, text)));
        while (rows.size() < count && chats.hasNext()) {
            var rendered = format.training(chats.next().conversation());
            rows.add(new Batch.Row(rendered.ids(), rendered.mask(), false));
        }
        return rows;
    }
}
