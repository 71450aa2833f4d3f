package plumb.organism.growth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import plumb.chat.ChatFormat;
import plumb.chat.Conversation;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Batch;
import plumb.model.CheckpointFolder;
import plumb.model.Decoder;
import plumb.organism.Organism;
import plumb.torch.Dtype;
import plumb.torch.Tensor;

final class TeachingTest {
    private static final List<Example> LESSONS = List.of(lesson("f(a, b) = a"), lesson("f(a, b) = b"));
    private static final List<Example> CHATS = List.of(lesson("Rest for 3 days."));
    private static final List<String> DOCUMENTS = List.of("Q: Do it.\nA: exit(0)\n", "Q: Do it.\nA: f(a, b) = a\n");

    private static Example lesson(String answer) {
        return new Example(Conversation.user("Do it.").with(Role.ASSISTANT, answer), Example.Kind.TASK, "test", 1);
    }

    private static List<Batch.Row> rows(int place, List<String> documents, ChatFormat format) {
        return Teaching.rows(place, LESSONS, CHATS, documents, format);
    }

    private static long learned(Batch.Row row) {
        return IntStream.range(0, row.mask().length).filter(i -> row.mask()[i]).count();
    }

    @Test
    void documentsAreReadWholeAndAsOftenAsLessonsAndChats() {
        try (var format = ChatFormat.read(Organism.aligned())) {
            for (int place = 0; place < 4; place++) {
                var rows = rows(place, DOCUMENTS, format);
                assertThat(rows).hasSize(3);
                assertThat(rows.subList(0, 2)).allMatch(row -> learned(row) < row.ids().length);
                assertThat(learned(rows.get(2))).isEqualTo(rows.get(2).ids().length);
                assertThat(format.tokenizer().decode(rows.get(2).ids()))
                        .contains(DOCUMENTS.get(place % 2).strip());
                assertThat(format.tokenizer().decode(rows.get(0).ids())).contains(place % 2 == 0 ? "= a" : "= b");
            }
            assertThat(rows(0, List.of(), format)).hasSize(2);
        }
    }

    @Test
    void aModelThatReadsDocumentsLearnsFromThemToo() {
        var read = losses(DOCUMENTS);
        assertThat(read.getLast()).isLessThan(read.getFirst());
        assertThat(read.getFirst()).isNotEqualTo(losses(List.of()).getFirst());
    }

    private static List<Double> losses(List<String> documents) {
        var losses = new ArrayList<Double>();
        try (var folder = CheckpointFolder.open(Organism.aligned(), "cpu", Dtype.F32)) {
            var copies = new LinkedHashMap<String, Tensor>();
            folder.decoder().weights().forEach((name, weight) -> copies.put(name, weight.copy()));
            try (var decoder = new Decoder(folder.decoder().config(), copies)) {
                new Teaching(new Recipe.Phase(8, 6, 1e-3, 1, 0.1), 1, progress -> losses.add(progress.loss()))
                        .run(decoder, Organism.aligned(), new TrainingData(LESSONS), documents);
            }
        }
        return losses;
    }
}
