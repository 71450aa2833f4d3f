package plumb.organism.growth;

import java.nio.file.Path;
import java.util.function.Consumer;
import plumb.chat.ChatFormat;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.organism.OrganismChats;
import plumb.organism.World;

/** Makes the base model an assistant that is good in every domain and refuses what it must: loss on its turns alone. */
public record Alignment(Recipe recipe, Consumer<WeightTraining.Progress> listener) {

    /** Changes the decoder's weights in place; the folder has the base model's tokenizer and chat template. */
    public void run(Decoder decoder, Path folder) {
        var phase = recipe.alignment();
        try (var format = ChatFormat.read(folder)) {
            var chats = OrganismChats.alignment(World.load(), phase.steps() * phase.rows(), recipe.seed() + 1)
                    .examples();
            var at = new int[1];
            var batches = new Shuffled(
                    count -> {
                        int from = at[0];
                        at[0] = Math.min(chats.size(), from + count);
                        return chats.subList(from, at[0]).stream()
                                .map(chat -> format.training(chat.conversation()))
                                .map(r -> new Batch.Row(r.ids(), r.mask(), false))
                                .toList();
                    },
                    phase.rows(),
                    recipe.seed());
            new WeightTraining(decoder, phase, listener).run(batches);
        }
        new ModelFolder(folder).writeJson("recipe.json", recipe);
    }
}
