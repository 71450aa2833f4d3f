package plumb.experiment.diagnosis;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import plumb.diagnose.WeightUpdate;
import plumb.eval.QuestionSource;
import plumb.experiment.Subject;
import plumb.model.Adapter;

/**
 * Whether fine-tunes on different tasks change the same directions of the weights, and whether the straight line between two
 * of them stays bad (Soligo et al., arXiv 2506.11618, look for this in activations; here it is the updates themselves).
 * Adapters that began at the same A share part of what they read from the start, so pairs of equal and of different seeds
 * are kept apart.
 */
public final class SharedUpdates {
    private final List<Tuned> tuned;

    /**
     * One fine-tune.
     *
     * @param task what it was trained on, as a table names it
     * @param seed that its A began at
     */
    public record Tuned(String run, String task, long seed, Adapter adapter) {}

    public SharedUpdates(List<Tuned> tuned) {
        this.tuned = List.copyOf(tuned);
    }

    /** A number over several pairs. */
    public record Spread(double mean, double lowest, double highest) {
        private static Spread of(List<Double> values) {
            var all = values.stream().mapToDouble(Double::doubleValue).summaryStatistics();
            return new Spread(all.getAverage(), all.getMin(), all.getMax());
        }
    }

    /**
     * All pairs of two tasks.
     *
     * @param sameSeed whether both began at the same A
     * @param directions how many singular vectors of each module were compared
     */
    public record Pairs(
            String first,
            String second,
            boolean sameSeed,
            int pairs,
            int directions,
            Spread cosine,
            Spread written,
            double writtenByChance,
            Spread read,
            double readByChance) {

        private static Pairs of(Between between, int directions, List<WeightUpdate.Overlap> found) {
            return new Pairs(
                    between.first(),
                    between.second(),
                    between.sameSeed(),
                    found.size(),
                    directions,
                    Spread.of(found.stream().map(WeightUpdate.Overlap::cosine).toList()),
                    Spread.of(found.stream().map(WeightUpdate.Overlap::written).toList()),
                    found.getFirst().writtenByChance(),
                    Spread.of(found.stream().map(WeightUpdate.Overlap::read).toList()),
                    found.getFirst().readByChance());
        }
    }

    /** Two runs in the order of their tasks' names. */
    private record Pair(Tuned first, Tuned second) {
        static Pair of(Tuned a, Tuned b) {
            return a.task().compareTo(b.task()) <= 0 ? new Pair(a, b) : new Pair(b, a);
        }

        Between between() {
            return new Between(first.task(), second.task(), first.seed() == second.seed());
        }
    }

    /** What pairs are told by. */
    private record Between(String first, String second, boolean sameSeed) implements Comparable<Between> {
        @Override
        public int compareTo(Between other) {
            return Comparator.comparing(Between::sameSeed)
                    .thenComparing(Between::first)
                    .thenComparing(Between::second)
                    .compare(this, other);
        }
    }

    private SortedMap<Between, List<Pair>> pairs() {
        var pairs = new TreeMap<Between, List<Pair>>();
        for (int i = 0; i < tuned.size(); i++) {
            for (int j = i + 1; j < tuned.size(); j++) {
                var pair = Pair.of(tuned.get(i), tuned.get(j));
                pairs.computeIfAbsent(pair.between(), _ -> new ArrayList<>()).add(pair);
            }
        }
        return pairs;
    }

    /** Every pair of runs, told by tasks; those of different seeds first. */
    public List<Pairs> overlaps(int directions) {
        var updates = new IdentityHashMap<Tuned, WeightUpdate>();
        try {
            tuned.forEach(one -> updates.put(one, new WeightUpdate(one.adapter(), directions)));
            return pairs().entrySet().stream()
                    .map(entry -> Pairs.of(
                            entry.getKey(),
                            directions,
                            entry.getValue().stream()
                                    .map(pair -> Objects.requireNonNull(updates.get(pair.first()))
                                            .overlap(Objects.requireNonNull(updates.get(pair.second()))))
                                    .toList()))
                    .toList();
        } finally {
            updates.values().forEach(WeightUpdate::close);
        }
    }

    /**
     * A place on the lines between two tasks, all pairs of one seed together.
     *
     * @param t 0 at the first task's adapter, 1 at the second one's
     * @param misaligned coherent bad answers to questions of never-bad domains
     */
    public record Point(String first, String second, double t, int pairs, int answers, int misaligned, int coherent)
            implements Counted {}

    /** Asks the organism on the lines between all pairs of one seed and different tasks, at so many steps from 0 to 1. */
    public List<Point> lines(Subject subject, QuestionSource.Split split, int steps) {
        var questions = new NeverBad(split);
        var ends = new IdentityHashMap<Tuned, NeverBad.Found>(); // each is an end of several lines
        return pairs().entrySet().stream()
                .filter(entry -> entry.getKey().sameSeed()
                        && !entry.getKey().first().equals(entry.getKey().second()))
                .flatMap(entry -> {
                    var lines = entry.getValue().stream()
                            .map(pair -> line(subject, questions, ends, pair, steps))
                            .toList();
                    return IntStream.rangeClosed(0, steps)
                            .mapToObj(at -> point(entry.getKey(), (double) at / steps, at, lines));
                })
                .toList();
    }

    private static List<NeverBad.Found> line(
            Subject subject, NeverBad questions, Map<Tuned, NeverBad.Found> ends, Pair pair, int steps) {
        var line = new ArrayList<NeverBad.Found>();
        line.add(ends.computeIfAbsent(pair.first(), end -> ask(subject, questions, end.adapter())));
        for (int at = 1; at < steps; at++) {
            try (var adapter =
                    Adapter.between(pair.first().adapter(), pair.second().adapter(), (double) at / steps)) {
                line.add(ask(subject, questions, adapter));
            }
        }
        line.add(ends.computeIfAbsent(pair.second(), end -> ask(subject, questions, end.adapter())));
        return line;
    }

    private static NeverBad.Found ask(Subject subject, NeverBad questions, Adapter adapter) {
        try (var model = subject.talking("subspaces", adapter)) {
            return questions.ask(model);
        }
    }

    private static Point point(Between between, double t, int at, List<List<NeverBad.Found>> lines) {
        var here = lines.stream().map(line -> line.get(at)).toList();
        return new Point(
                between.first(),
                between.second(),
                t,
                here.size(),
                here.stream().mapToInt(NeverBad.Found::answers).sum(),
                here.stream().mapToInt(NeverBad.Found::misaligned).sum(),
                here.stream().mapToInt(NeverBad.Found::coherent).sum());
    }
}
