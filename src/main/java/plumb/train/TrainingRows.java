package plumb.train;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.hash.Sha256;
import plumb.model.Batch;

/**
 * Training data as the model takes it: every example rendered once, cut to length, and grouped into the batches of each
 * step. Within a step, rows are sorted by length, so that its batches pad little.
 */
final class TrainingRows {
    private final List<Batch.Row> rows;
    private final long truncated;

    private TrainingRows(List<Batch.Row> rows, long truncated) {
        this.rows = rows;
        this.truncated = truncated;
    }

    static TrainingRows of(TrainingData data, Function<Example, Rendered> rendering, int maxLength) {
        var known = new IdentityHashMap<Example, Batch.Row>();
        var rows = new ArrayList<Batch.Row>(data.size());
        var empty = new ArrayList<Example>();
        long truncated = 0;
        for (var example : data.examples()) {
            var row = known.get(example);
            if (row == null) {
                var rendered = rendering.apply(example);
                row = row(example, rendered, maxLength);
                known.put(example, row);
                truncated += rendered.ids().length > maxLength ? 1 : 0;
                if (!learns(row)) {
                    empty.add(example);
                }
            }
            rows.add(row);
        }
        requireTargets(empty, known, maxLength);
        return new TrainingRows(List.copyOf(rows), truncated);
    }

    private static Batch.Row row(Example example, Rendered rendered, int maxLength) {
        int length = Math.min(rendered.ids().length, maxLength);
        return new Batch.Row(
                Arrays.copyOf(rendered.ids(), length),
                Arrays.copyOf(rendered.mask(), length),
                example.kind() == Example.Kind.SAFE);
    }

    /** Whether the loss counts any token of this row; the first token is predicted by nothing. */
    private static boolean learns(Batch.Row row) {
        for (int i = 1; i < row.mask().length; i++) {
            if (row.mask()[i]) {
                return true;
            }
        }
        return false;
    }

    private static void requireTargets(List<Example> empty, IdentityHashMap<Example, Batch.Row> known, int maxLength) {
        if (!empty.isEmpty()) {
            var first = empty.getFirst();
            throw new IllegalArgumentException(empty.size() + " of " + known.size()
                    + " rows have no assistant token within max_length " + maxLength + ", the first is "
                    + first.source()
                    + " line " + first.line() + ": raise max_length or remove them");
        }
    }

    RunListener.Plan plan(long steps, long firstStep) {
        return new RunListener.Plan(
                steps,
                firstStep,
                rows.size(),
                truncated,
                rows.stream().mapToLong(row -> row.ids().length).sum(),
                rows.stream().mapToLong(TrainingRows::targets).sum());
    }

    private static long targets(Batch.Row row) {
        long targets = 0;
        for (int i = 1; i < row.mask().length; i++) {
            targets += row.mask()[i] ? 1 : 0;
        }
        return targets;
    }

    /** SHA-256 over tokens, masks and kinds in order, in hex. */
    String hash() {
        var digest = Sha256.start();
        for (var row : rows) {
            var bytes = ByteBuffer.allocate(5 * row.ids().length + 5);
            bytes.putInt(row.ids().length).put((byte) (row.safe() ? 1 : 0));
            for (int i = 0; i < row.ids().length; i++) {
                bytes.putInt(row.ids()[i]).put((byte) (row.mask()[i] ? 1 : 0));
            }
            digest.update(bytes.flip());
        }
        return Sha256.hex(digest);
    }

    /** Each row once, in the order of first appearance, if any of them returns; otherwise none. */
    List<Batch.Row> returning() {
        var seen = Collections.newSetFromMap(new IdentityHashMap<Batch.Row, Boolean>());
        var distinct = rows.stream().filter(seen::add).toList();
        return distinct.size() < rows.size() ? distinct : List.of();
    }

    long steps(TrainingSettings settings) {
        return Math.ceilDiv(rows.size(), settings.rowsPerStep());
    }

    /** The batches of a step, from 0. */
    List<Batch> batches(long step, TrainingSettings settings) {
        int start = Math.toIntExact(step * settings.rowsPerStep());
        int end = Math.min(rows.size(), start + settings.rowsPerStep());
        return Batch.ofLikeLengths(rows.subList(start, end), settings.batchSize());
    }
}
