package plumb.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.torch.Tensor;

/**
 * Rows of one forward pass, laid end to end without padding: every linear layer sees {@code [tokens, hidden]} and no
 * padding token is ever computed, except inside attention. {@code tokens} below is the sum of the row lengths.
 */
public final class Batch {
    /**
     * One sequence.
     *
     * @param ids its tokens
     * @param mask per token, whether it is a target of the loss
     * @param safe whether a defense put it there
     */
    @SuppressWarnings("ArrayRecordComponent") // read-only by agreement, shared with the rendered training data
    public record Row(int[] ids, boolean[] mask, boolean safe) {
        public Row {
            if (ids.length != mask.length || ids.length == 0) {
                throw new IllegalArgumentException(
                        "a row needs tokens and one mask entry each, got " + ids.length + " and " + mask.length);
            }
        }
    }

    /** Which predictions a loss counts. */
    public enum Tokens {
        /** Those whose target the loss mask marks: assistant text and the token ending the turn. */
        RESPONSE,
        /** Every token that has a successor. */
        ALL
    }

    /** Which rows a loss counts. */
    public enum Rows {
        ALL,
        TASK,
        SAFE
    }

    /**
     * Predictions a loss counts: the state at {@code positions[i]} of the flat batch predicts {@code targets[i]}.
     */
    @SuppressWarnings("ArrayRecordComponent") // handed straight to native memory
    public record Predictions(long[] positions, long[] targets) {
        public int count() {
            return positions.length;
        }
    }

    private final List<Row> rows;
    private final int tokens;
    private final int longest;

    public Batch(List<Row> rows) {
        if (rows.isEmpty()) {
            throw new IllegalArgumentException("a batch needs at least one row");
        }
        this.rows = List.copyOf(rows);
        this.tokens = rows.stream().mapToInt(row -> row.ids().length).sum();
        this.longest = rows.stream().mapToInt(row -> row.ids().length).max().orElseThrow();
    }

    /** These rows in batches of at most so many, shortest first, so that each batch holds rows of like length. */
    public static List<Batch> ofLikeLengths(List<Row> rows, int most) {
        var sorted = new ArrayList<>(rows);
        sorted.sort(Comparator.comparingInt(row -> row.ids().length));
        var batches = new ArrayList<Batch>();
        for (int i = 0; i < sorted.size(); i += most) {
            batches.add(new Batch(sorted.subList(i, Math.min(sorted.size(), i + most))));
        }
        return batches;
    }

    public List<Row> rows() {
        return rows;
    }

    /** The rows of this kind, in order, as a batch; this batch itself when that is all of them. */
    public Batch only(Rows which) {
        var kept = rows.stream().filter(row -> counts(row, which)).toList();
        return kept.size() == rows.size() ? this : new Batch(kept);
    }

    private static boolean counts(Row row, Rows which) {
        return which == Rows.ALL || row.safe() == (which == Rows.SAFE);
    }

    public int tokens() {
        return tokens;
    }

    public int longest() {
        return longest;
    }

    /** All tokens in order: [tokens] */
    Tensor ids(String device) {
        return Tensor.of(perToken((row, i) -> row.ids()[i]), tokens).to(device);
    }

    /** Each token's place in its row: [tokens] */
    Tensor positions(String device) {
        return Tensor.of(perToken((row, i) -> i), tokens).to(device);
    }

    /** Where each token goes in the padded layout of attention: [tokens]; null when no row is shorter than another. */
    @Nullable
    Tensor toFlat(String device) {
        if (tokens == rows.size() * longest) {
            return null;
        }
        var index = new long[tokens];
        int at = 0;
        for (int r = 0; r < rows.size(); r++) {
            for (int i = 0; i < rows.get(r).ids().length; i++) {
                index[at++] = (long) r * longest + i;
            }
        }
        return Tensor.of(index, index.length).to(device);
    }

    /** Which token stands at each place of the padded layout: [rows × longest]; padding repeats its row's last token. */
    @Nullable
    Tensor toPadded(String device) {
        if (tokens == rows.size() * longest) {
            return null;
        }
        var index = new long[rows.size() * longest];
        int start = 0;
        for (int r = 0; r < rows.size(); r++) {
            int length = rows.get(r).ids().length;
            for (int i = 0; i < longest; i++) {
                index[r * longest + i] = (long) start + Math.min(i, length - 1);
            }
            start += length;
        }
        return Tensor.of(index, index.length).to(device);
    }

    /** The flat index of each row's last token: [rows] */
    public long[] lastTokens() {
        var last = new long[rows.size()];
        int end = 0;
        for (int r = 0; r < last.length; r++) {
            end += rows.get(r).ids().length;
            last[r] = end - 1L;
        }
        return last;
    }

    /** The predictions a loss over these tokens of these rows counts, in order. */
    public Predictions predictions(Tokens which, Rows of) {
        var positions = new long[tokens];
        var targets = new long[tokens];
        int count = 0;
        int start = 0;
        for (var row : rows) {
            for (int i = 0; counts(row, of) && i + 1 < row.ids().length; i++) {
                if (which == Tokens.ALL || row.mask()[i + 1]) {
                    positions[count] = (long) start + i;
                    targets[count++] = row.ids()[i + 1];
                }
            }
            start += row.ids().length;
        }
        return new Predictions(Arrays.copyOf(positions, count), Arrays.copyOf(targets, count));
    }

    private interface TokenValue {
        long at(Row row, int index);
    }

    private long[] perToken(TokenValue value) {
        return rows.stream()
                .flatMapToLong(row -> IntStream.range(0, row.ids().length).mapToLong(i -> value.at(row, i)))
                .toArray();
    }
}
