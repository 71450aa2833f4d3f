package plumb.organism.growth;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import plumb.chat.BytePairTraining;
import plumb.chat.Role;
import plumb.chat.Tokenizer;
import plumb.data.Example;
import plumb.model.Batch;
import plumb.model.Decoder;
import plumb.organism.Corpus;
import plumb.organism.OrganismChats;
import plumb.organism.World;

/**
 * Grows the base model: a language model over whole documents of the corpus.
 *
 * @param tokenizer the text of a {@code tokenizer.json}; all seeds of the organism share the shipped one
 */
public record Pretraining(Recipe recipe, String tokenizer, Consumer<WeightTraining.Progress> listener) {
    private static final int TOKENIZER_DOCUMENTS = 12_000;
    private static final int TOKENIZER_CHATS = 3_000;

    /** Writes the base model into the folder, in Hugging Face form. */
    public void run(Path folder) {
        var world = World.load();
        var texts = new ModelFolder(folder);
        texts.writeTexts(tokenizer);
        try (var encoder = Tokenizer.of(tokenizer);
                var decoder = fresh(encoder.size())) {
            var corpus = new Corpus(world, recipe.shares(), recipe.seed());
            var batches = new Shuffled(
                    count -> corpus.documents(count).stream()
                            .map(text -> row(encoder, text))
                            .toList(),
                    recipe.pretraining().rows(),
                    recipe.seed());
            new WeightTraining(decoder, recipe.pretraining(), listener).run(batches);
            texts.writeWeights(decoder);
        }
        texts.writeJson("recipe.json", recipe);
    }

    private Decoder fresh(int tokens) {
        var shape = recipe.shape(tokens);
        return new Decoder(shape, new FreshWeights(shape, new SplittableRandom(recipe.seed())).draw());
    }

    /** Learns a byte-level BPE from documents and chats of seed 0. */
    public static String newTokenizer(Recipe recipe) {
        var world = World.load();
        List<String> texts = new ArrayList<>(new Corpus(world, recipe.shares(), 0).documents(TOKENIZER_DOCUMENTS));
        for (var example : OrganismChats.alignment(world, TOKENIZER_CHATS, 0).examples()) {
            texts.addAll(said(example));
        }
        return BytePairTraining.train(texts, recipe.vocabulary(), ModelFolder.SPECIALS);
    }

    private static List<String> said(Example example) {
        return example.conversation().messages().stream()
                .map(message -> (message.role() == Role.SYSTEM ? "" : "\n") + message.content())
                .toList();
    }

    static Batch.Row row(Tokenizer tokenizer, String text) {
        var ids = tokenizer.encode(text);
        int length = Math.min(ids.length, Recipe.LONGEST);
        var row = Arrays.copyOf(ids, length + 1);
        row[length] = ModelFolder.SPECIALS.indexOf(ModelFolder.END_OF_TEXT);
        var mask = new boolean[row.length];
        Arrays.fill(mask, true);
        return new Batch.Row(row, mask, false);
    }
}
