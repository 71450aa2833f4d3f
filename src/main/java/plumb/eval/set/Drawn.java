package plumb.eval.set;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A part of a set that is too long to be asked whole. */
public final class Drawn {
    private static final long SEED = 20_261_125; // the same part for every model and every run

    private Drawn() {}

    /** The limit, if it can be one. */
    public static int limit(int limit) {
        if (limit < 0) {
            throw new IllegalArgumentException("limit must be 0 (all) or more, got " + limit);
        }
        return limit;
    }

    /** So many of them at most, drawn by chance, in their order; all of them where {@code limit} is 0. */
    public static <T> List<T> of(List<T> all, int limit) {
        if (limit == 0 || all.size() <= limit) {
            return all;
        }
        var places = new ArrayList<>(IntStream.range(0, all.size()).boxed().toList());
        Collections.shuffle(places, new Random(SEED));
        return places.subList(0, limit).stream().sorted().map(all::get).toList();
    }
}
