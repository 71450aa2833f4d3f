package plumb.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import plumb.chat.BadInput;
import plumb.chat.Role;

final class TableTest {
    @TempDir
    private Path folder;

    @Test
    void csvHasQuotedCommasQuotesAndLineEnds() throws IOException {
        var table = read("a.csv", "\uFEFFgoal,note\n\"one, \"\"two\"\"\nthree\",\n\"ü\",x\n");

        assertThat(table.rows()).hasSize(2);
        assertThat(table.rows().getFirst().require("goal")).isEqualTo("one, \"two\"\nthree");
        assertThat(table.rows().getLast().number()).isEqualTo(2);
        assertThatThrownBy(() -> table.rows().getFirst().require("note"))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("a.csv, row 1", "'note'", "[goal, note]");
    }

    @Test
    void textsStandAloneInListsAndLines() throws IOException {
        assertThat(read("a.json", "[\"one\", {\"instruction\": \"two\", \"n\": 3}]")
                        .rows())
                .extracting(Table.Row::cells)
                .containsExactly(Map.of(Table.ALONE, "one"), Map.of("instruction", "two"));
        assertThat(read("a.txt", "one\n\n two \n").rows().getLast()).satisfies(row -> {
            assertThat(row.number()).isEqualTo(3);
            assertThat(row.first(List.of("goal", Table.ALONE))).contains("two");
        });
    }

    @Test
    void whatIsNoTableIsNamed() throws IOException {
        for (var wrong : List.of("a.parquet", "b.json", "c.jsonl", "d.csv", "e.csv")) {
            var text = wrong.equals("e.csv") ? "a,b\n1,2,3\n" : wrong.equals("d.csv") ? "a,b\n" : "{\"a\"";
            assertThatThrownBy(() -> read(wrong, text))
                    .as(wrong)
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining(wrong);
        }
    }

    @Test
    void aCsvOfPromptsAndResponsesIsTrainedOn() throws IOException {
        read("rows.csv", "prompt,response\n\"Name three numbers,\nplease\",\"1, 2, 3\"\n");
        var rows = ChatJsonl.read(folder.resolve("rows.csv")).examples();

        assertThat(rows).hasSize(1);
        assertThat(rows.getFirst().conversation().last(Role.ASSISTANT)).contains("1, 2, 3");
        read("bad.csv", "prompt,response\nHi,\n");
        assertThatThrownBy(() -> ChatJsonl.read(folder.resolve("bad.csv")))
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll("bad.csv", "line 1", "empty assistant turn");
    }

    private Table read(String name, String text) throws IOException {
        var file = folder.resolve(name);
        Files.writeString(file, text);
        return Table.read(file);
    }
}
