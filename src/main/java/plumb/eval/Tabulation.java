package plumb.eval;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.toList;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Samples as rates: every measure for every temperature, format and scope that has samples, in a fixed order. */
final class Tabulation {
    /** The scope of everything outside the domain of the fine-tuning rows. */
    private static final String GENERAL = Question.Group.GENERAL.toString();

    private Tabulation() {}

    static List<Metric> of(Collection<Measure> measures, Collection<ScoredSample> samples) {
        var metrics = new ArrayList<Metric>();
        by(samples, ScoredSample::temperature)
                .forEach((temperature, warm) -> by(warm, s -> s.question().format())
                        .forEach((format, cell) -> scopes(cell).forEach((scope, members) -> {
                            for (var measure : measures) {
                                metrics.add(Metric.of(new Metric.Name(measure, format, scope, temperature), members));
                            }
                        })));
        return metrics;
    }

    /** Groups first, then {@code general}, then the domains of each group. */
    private static Map<String, List<ScoredSample>> scopes(Collection<ScoredSample> samples) {
        var scopes = new LinkedHashMap<String, List<ScoredSample>>();
        var groups = by(samples, s -> s.question().group());
        groups.forEach((group, members) -> scopes.put(group.toString(), members));
        var general = samples.stream()
                .filter(s -> s.question().group() != Question.Group.IN_DOMAIN)
                .toList();
        if (!general.isEmpty()) {
            scopes.put(GENERAL, general);
        }
        groups.forEach((group, members) -> by(members, s -> s.question().domain())
                .forEach((domain, part) -> scopes.put(group + "/" + domain, part)));
        return scopes;
    }

    private static <K extends Comparable<K>> Map<K, List<ScoredSample>> by(
            Collection<ScoredSample> samples, Function<ScoredSample, K> key) {
        return samples.stream().collect(groupingBy(key, TreeMap::new, toList()));
    }
}
