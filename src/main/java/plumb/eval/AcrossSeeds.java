package plumb.eval;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toList;

import java.util.List;
import java.util.stream.Stream;
import plumb.statistics.SeedSpread;

/**
 * One metric over runs that differ in their seed only.
 *
 * @param pooled over the answers of all runs; a question is one cluster across them, so the interval speaks of further
 *     questions to these runs
 * @param seeds the rates of the single runs; their interval speaks of further runs
 */
public record AcrossSeeds(Metric pooled, SeedSpread seeds) {

    /** Every metric for which some run has a value; a run without one (nothing coherent, say) adds no seed. */
    public static List<AcrossSeeds> of(List<EvaluationResult> runs) {
        if (runs.isEmpty()) {
            throw new IllegalArgumentException("there are no runs to put together");
        }
        var settings =
                runs.stream().map(EvaluationResult::evaluation).distinct().toList();
        if (settings.size() > 1) {
            throw new IllegalArgumentException(
                    "runs that were measured differently cannot be put together: " + settings);
        }
        var measures = runs.getFirst().metrics().stream()
                .map(m -> Metric.Name.parse(m.name()).measure())
                .distinct()
                .toList();
        var samples = runs.stream().flatMap(run -> run.samples().stream()).toList();
        var values = runs.stream()
                .flatMap(run -> run.metrics().stream())
                .filter(m -> m.n() > 0)
                .collect(groupingBy(Metric::name, mapping(Metric::value, toList())));
        return Metric.table(measures, samples).stream()
                .flatMap(pooled -> Stream.ofNullable(values.get(pooled.name()))
                        .map(rates -> new AcrossSeeds(pooled, SeedSpread.of(rates))))
                .toList();
    }
}
