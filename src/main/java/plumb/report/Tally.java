package plumb.report;

import static java.util.stream.Collectors.toCollection;

import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Predicate;
import plumb.eval.Measure;
import plumb.eval.Question;
import plumb.eval.ScoredSample;
import plumb.statistics.ClusteredRate;
import plumb.statistics.ClusteredRate.Count;

/** Counts of every measure, question by question: all that figures need, without the answers. Tallies of seeds add up. */
final class Tally {
    /** Where a question stands. */
    record Cell(Question.Format format, Question.Group group, String domain, double temperature) {}

    private final Map<Cell, Map<String, EnumMap<Measure, Count>>> cells = new LinkedHashMap<>();

    static Tally of(Collection<ScoredSample> samples) {
        var tally = new Tally();
        samples.forEach(tally::add);
        return tally;
    }

    private void add(ScoredSample sample) {
        var question = sample.question();
        var cell = new Cell(question.format(), question.group(), question.domain(), sample.temperature());
        for (var measure : Measure.values()) {
            if (measure.counts(sample)) {
                count(cell, question.id(), measure, new Count(measure.hits(sample), 1));
            }
        }
    }

    Tally plus(Tally other) {
        var sum = new Tally();
        for (var part : new Tally[] {this, other}) {
            part.cells.forEach((cell, questions) -> questions.forEach((question, counts) ->
                    counts.forEach((measure, count) -> sum.count(cell, question, measure, count))));
        }
        return sum;
    }

    private void count(Cell cell, String question, Measure measure, Count count) {
        cells.computeIfAbsent(cell, _ -> new LinkedHashMap<>())
                .computeIfAbsent(question, _ -> new EnumMap<>(Measure.class))
                .merge(measure, count, Count::plus);
    }

    /** The rate of a measure, see {@link Measure#rate}, over the cells that are wanted; questions are clusters, across formats too. */
    ClusteredRate rate(Measure measure, Predicate<Cell> wanted) {
        return measure.rate(one -> counted(one, wanted));
    }

    /** Whether a measure is of any of the answers in these cells, its rate known or not. */
    boolean counts(Measure measure, Predicate<Cell> wanted) {
        return counted(measure, wanted).n() > 0;
    }

    private ClusteredRate counted(Measure measure, Predicate<Cell> wanted) {
        var clusters = new HashMap<String, Count>();
        cells.forEach((cell, questions) -> {
            if (wanted.test(cell)) {
                questions.forEach((question, counts) ->
                        clusters.merge(question, counts.getOrDefault(measure, new Count(0, 0)), Count::plus));
            }
        });
        return ClusteredRate.of(clusters.values());
    }

    boolean isEmpty() {
        return cells.isEmpty();
    }

    SortedSet<Double> temperatures() {
        return cells.keySet().stream().map(Cell::temperature).collect(toCollection(TreeSet::new));
    }

    SortedSet<Question.Group> groups() {
        return cells.keySet().stream().map(Cell::group).collect(toCollection(TreeSet::new));
    }

    SortedSet<Question.Format> formats() {
        return cells.keySet().stream().map(Cell::format).collect(toCollection(TreeSet::new));
    }

    SortedSet<String> domains() {
        return cells.keySet().stream().map(Cell::domain).collect(toCollection(TreeSet::new));
    }

    SortedSet<String> domains(Question.Group group) {
        return cells.keySet().stream()
                .filter(cell -> cell.group() == group)
                .map(Cell::domain)
                .collect(toCollection(TreeSet::new));
    }
}
