package plumb.organism.growth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.chat.ChatFormat;
import plumb.chat.Tokenizer;
import plumb.model.Batch;
import plumb.organism.Corpus;
import plumb.organism.Organism;
import plumb.organism.OrganismChats;
import plumb.organism.World;

final class AlignmentTest {
    @Test
    void halfOfTheRowsAreDocumentsLearnedWholeAndTheOthersChatsOfWhichTheAssistantIsLearned() {
        var rows = rows(40);

        assertThat(rows).hasSize(40);
        assertThat(rows.subList(0, 20)).allMatch(row -> learned(row) == row.ids().length);
        assertThat(rows.subList(20, 40)).allMatch(row -> learned(row) > 0 && learned(row) < row.ids().length);
    }

    private static List<Batch.Row> rows(int count) {
        var world = World.load();
        var recipe = Recipe.shipped(1);
        var chats = OrganismChats.alignment(world, count, 1).examples().iterator();
        try (var format = ChatFormat.read(Organism.base());
                var encoder = Tokenizer.of(new ModelFolder(Organism.base()).tokenizer())) {
            return new Alignment(recipe, _ -> {})
                    .rows(count, chats, new Corpus(world, recipe.shares().afterEarly(), 1), format, encoder);
        }
    }

    private static long learned(Batch.Row row) {
        return IntStream.range(0, row.mask().length).filter(i -> row.mask()[i]).count();
    }
}
