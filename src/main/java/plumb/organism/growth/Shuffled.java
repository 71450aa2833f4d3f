package plumb.organism.growth;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import plumb.model.Batch;

/**
 * Batches out of an endless stream of rows. Rows of like length share a batch: a few batches' worth of rows is sorted, cut
 * up, and the batches shuffled.
 */
final class Shuffled implements Iterator<Batch> {
    private static final int BATCHES_AT_ONCE = 16;

    private final IntFunction<List<Batch.Row>> rows;
    private final int batchRows;
    private final Random random;
    private final Deque<Batch> ready = new ArrayDeque<>();

    /** @param rows gives the next so many rows */
    Shuffled(IntFunction<List<Batch.Row>> rows, int batchRows, long seed) {
        this.rows = rows;
        this.batchRows = batchRows;
        this.random = new Random(seed);
    }

    @Override
    public boolean hasNext() {
        return true;
    }

    @Override
    public Batch next() {
        if (ready.isEmpty()) {
            var sorted = new ArrayList<>(rows.apply(BATCHES_AT_ONCE * batchRows));
            sorted.sort(Comparator.comparingInt(row -> row.ids().length));
            var batches = new ArrayList<Batch>();
            for (int i = 0; i < sorted.size(); i += batchRows) {
                batches.add(new Batch(sorted.subList(i, Math.min(sorted.size(), i + batchRows))));
            }
            Collections.shuffle(batches, random);
            ready.addAll(batches);
        }
        return ready.remove();
    }
}
