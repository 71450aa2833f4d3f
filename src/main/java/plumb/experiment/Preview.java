package plumb.experiment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.data.Example;

/**
 * Training rows as the model sees them.
 *
 * @param total rows in all
 * @param rows the first of them
 */
public record Preview(int total, List<Row> rows) {
    /**
     * One row.
     *
     * @param source where it came from
     * @param line its line there
     * @param tokens in all
     * @param learned tokens the loss counts
     * @param pieces the rendered text in order
     */
    public record Row(String source, int line, int tokens, int learned, List<Piece> pieces) {}

    /** A stretch of text, and whether the loss counts it. */
    public record Piece(String text, boolean learned) {}

    /** The first rows a spec would train on. */
    public static Preview of(ExperimentSpec spec, Machine machine, int rows) {
        var data = SpecRows.training(spec);
        try (var subject = Subject.open(spec.model(), machine)) {
            return new Preview(
                    data.size(),
                    data.examples().stream()
                            .limit(rows)
                            .map(example -> row(subject, example))
                            .toList());
        }
    }

    /** Every conversation a spec would train on, in order. */
    public static List<Conversation> conversations(ExperimentSpec spec) {
        return SpecRows.training(spec).examples().stream()
                .map(Example::conversation)
                .toList();
    }

    private static Row row(Subject subject, Example example) {
        var rendered = subject.rendering().apply(example);
        int learned = 0;
        for (boolean counted : rendered.mask()) {
            learned += counted ? 1 : 0;
        }
        return new Row(example.source(), example.line(), rendered.ids().length, learned, pieces(subject, rendered));
    }

    private static List<Piece> pieces(Subject subject, Rendered rendered) {
        var pieces = new ArrayList<Piece>();
        int from = 0;
        for (int i = 1; i <= rendered.ids().length; i++) {
            if (i == rendered.ids().length || rendered.mask()[i] != rendered.mask()[from]) {
                pieces.add(new Piece(subject.text(Arrays.copyOfRange(rendered.ids(), from, i)), rendered.mask()[from]));
                from = i;
            }
        }
        return pieces;
    }
}
