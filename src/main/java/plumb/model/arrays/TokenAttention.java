package plumb.model.arrays;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.IntStream;
import plumb.model.config.ModelConfig;
import plumb.torch.Blas;
import plumb.torch.Blas.Address;

/**
 * Attention of rows that have one new token each: a product a key head, over the heads that share it. Products this small take
 * less time than checking them, so they go by address; and one softmax serves many rows.
 */
final class TokenAttention {
    /** Scores held at once, in floats: 64 KB, which stay near the core. */
    private static final int SCORES = 1 << 14;

    private final ModelConfig config;
    private final Blas blas;
    private final Exponentials exponentials;
    private final int[] windows; // by layer
    private final int width; // of a token's queries
    private final int group; // heads that share a key head
    private float[] scores = new float[0];
    private MemorySegment memory = MemorySegment.NULL; // queries, results and scores, end to end
    private long results;
    private long scored;

    TokenAttention(ModelConfig config, Blas blas, Exponentials exponentials) {
        this.config = config;
        this.blas = blas;
        this.exponentials = exponentials;
        this.windows = IntStream.range(0, config.layers()).map(config::window).toArray();
        this.width = config.heads() * config.headDim();
        this.group = config.heads() / config.kvHeads();
    }

    /** How many of the stretches, from the first one on, are single tokens that can be attended from together. */
    int most(int layer, List<Stretch> stretches) {
        int count = 0;
        int total = 0;
        for (var stretch : stretches) {
            if (stretch.count() > 1) {
                break;
            }
            total += config.heads() * places(layer, stretch);
            if (count > 0 && total > SCORES) {
                break;
            }
            count++;
        }
        return count;
    }

    /** Of stretches of one token each that stand together in the pass. */
    void attend(int layer, List<Stretch> rows, float[] queries, float[] out) {
        int total = rows.stream()
                .mapToInt(row -> config.heads() * places(layer, row))
                .sum();
        room(rows.size(), total);
        int from = rows.getFirst().offset() * width;
        int floats = rows.size() * width;
        MemorySegment.copy(queries, from, memory, ValueLayout.JAVA_FLOAT, 0, floats);
        each(layer, rows, this::score);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, scored, scores, 0, total);
        soften(layer, rows, total);
        MemorySegment.copy(scores, 0, memory, ValueLayout.JAVA_FLOAT, scored, total);
        each(layer, rows, this::mix);
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, results, out, from, floats);
    }

    /** What one row does: its number among the rows, and where its scores begin. */
    private interface Turn {
        void take(int layer, Stretch row, int number, int at);
    }

    private void each(int layer, List<Stretch> rows, Turn turn) {
        int at = 0;
        for (int i = 0; i < rows.size(); i++) {
            turn.take(layer, rows.get(i), i, at);
            at += config.heads() * places(layer, rows.get(i));
        }
    }

    /** scale · q · k for all heads and every place the token sees */
    private void score(int layer, Stretch row, int number, int at) {
        int places = places(layer, row);
        int first = row.past().end() - places;
        float scale = (float) config.architecture().attentionScale();
        for (var piece : row.pieces()) {
            int from = Math.max(first, piece.from());
            for (int head = 0; from < piece.to() && head < config.kvHeads(); head++) {
                blas.timesTransposed(
                        heads(0, number, head),
                        piece.keysAt(layer, head, from),
                        scores(at + head * group * places + from - first, piece.to() - from, places),
                        scale);
            }
        }
    }

    /** Σ weight · v over the same places */
    private void mix(int layer, Stretch row, int number, int at) {
        int places = places(layer, row);
        int first = row.past().end() - places;
        boolean add = false;
        for (var piece : row.pieces()) {
            int from = Math.max(first, piece.from());
            if (from < piece.to()) {
                for (int head = 0; head < config.kvHeads(); head++) {
                    blas.times(
                            scores(at + head * group * places + from - first, piece.to() - from, places),
                            piece.valuesAt(layer, head, from),
                            heads(results, number, head),
                            add);
                }
                add = true;
            }
        }
    }

    private void soften(int layer, List<Stretch> rows, int total) {
        int at = 0;
        for (var row : rows) {
            int places = places(layer, row);
            for (int head = 0; head < config.heads(); head++, at += places) {
                Elementwise.lessMost(scores, at, at + places);
            }
        }
        exponentials.exp(scores, 0, total);
        at = 0;
        for (var row : rows) {
            int places = places(layer, row);
            for (int head = 0; head < config.heads(); head++, at += places) {
                Elementwise.shares(scores, at, at + places);
            }
        }
    }

    /** The heads of a row that share a key head, among the queries or the results: [group, headDim] */
    private Address heads(long base, int number, int keyHead) {
        long at = (long) number * width + (long) keyHead * group * config.headDim();
        return new Address(memory.address() + base + 4 * at, group, config.headDim(), config.headDim());
    }

    /** Their scores at some places: [group, places] */
    private Address scores(int at, int count, int places) {
        return new Address(memory.address() + scored + 4L * at, group, count, places);
    }

    /** How many places the token sees. */
    private int places(int layer, Stretch row) {
        return Math.min(row.past().end(), windows[layer]);
    }

    private void room(int rows, int total) {
        if (scores.length < total) {
            scores = new float[total];
        }
        results = 4L * rows * width;
        scored = 2 * results;
        if (memory.byteSize() < scored + 4L * total) {
            memory = Arena.ofAuto().allocate(scored + 4L * total, 64);
        }
    }
}
