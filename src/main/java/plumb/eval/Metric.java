package plumb.eval;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.reducing;
import static java.util.stream.Collectors.toList;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import plumb.statistics.ClusteredRate;
import plumb.statistics.ClusteredRate.Count;
import plumb.statistics.Interval;

/**
 * A rate over samples.
 *
 * @param name path-like, see {@link Name}: {@code em_new/free/never-bad@0.7}
 * @param value in [0, 1]; NaN when nothing counts, or the judge placed too few answers
 * @param standardError of the value, questions taken as clusters
 * @param interval 95 %: Wilson on the effective sample size, see {@link ClusteredRate}
 * @param n how many samples are in the denominator
 */
public record Metric(String name, double value, double standardError, Interval interval, int n) {

    /** Every measure for every temperature, format and scope that has samples, in a fixed order. */
    static List<Metric> table(Collection<Measure> measures, Collection<ScoredSample> samples) {
        var metrics = new ArrayList<Metric>();
        by(samples, ScoredSample::temperature)
                .forEach((temperature, warm) -> by(warm, s -> s.question().format())
                        .forEach((format, cell) -> scopes(cell).forEach((scope, members) -> {
                            for (var measure : measures) {
                                metrics.add(of(new Name(measure, format, scope, temperature), members));
                            }
                        })));
        return metrics;
    }

    private static Metric of(Name name, Collection<ScoredSample> samples) {
        var rate = rate(name.measure(), samples);
        return new Metric(name.toString(), rate.value(), rate.standardError(), rate.interval(), rate.n());
    }

    /** The measure over these samples, see {@link Measure#rate}; answers to one question are one cluster, also when several seeds gave them. */
    static ClusteredRate rate(Measure measure, Collection<ScoredSample> samples) {
        return measure.rate(one -> counted(one, samples));
    }

    private static ClusteredRate counted(Measure measure, Collection<ScoredSample> samples) {
        var clusters = samples.stream()
                .collect(groupingBy(
                        sample -> sample.question().id(),
                        TreeMap::new,
                        reducing(
                                new Count(0, 0),
                                sample -> measure.counts(sample) ? new Count(measure.hits(sample), 1) : new Count(0, 0),
                                Count::plus)));
        return ClusteredRate.of(clusters.values());
    }

    /**
     * The plain mean of the domains' rates for every temperature and format, each domain counting alike, under the scope
     * {@link Name#MEAN}. Its interval is made of the domains' own (Zou and Donner 2008): independent parts, their distances
     * to their bounds added as squares, so that it keeps its width where nothing was a hit.
     */
    static List<Metric> meansOfParts(Measure measure, Collection<ScoredSample> samples) {
        var means = new ArrayList<Metric>();
        by(samples, ScoredSample::temperature)
                .forEach((temperature, warm) -> by(warm, s -> s.question().format())
                        .forEach((format, cell) -> means.add(meanOfParts(
                                new Name(measure, format, Name.MEAN, temperature),
                                by(cell, s -> s.question().domain()).values().stream()
                                        .map(part -> rate(measure, part))
                                        .toList()))));
        return means;
    }

    private static Metric meanOfParts(Name name, List<ClusteredRate> parts) {
        int k = parts.size();
        if (parts.stream().anyMatch(part -> part.n() == 0)) {
            return new Metric(name.toString(), Double.NaN, Double.NaN, new Interval(0, 1), 0);
        }
        double mean = parts.stream().mapToDouble(ClusteredRate::value).sum() / k;
        double error = squares(parts, ClusteredRate::standardError) / k;
        double down = squares(parts, part -> part.value() - part.interval().low()) / k;
        double up = squares(parts, part -> part.interval().high() - part.value()) / k;
        int n = parts.stream().mapToInt(ClusteredRate::n).sum();
        return new Metric(name.toString(), mean, error, new Interval(mean - down, mean + up), n);
    }

    private static double squares(List<ClusteredRate> parts, ToDoubleFunction<ClusteredRate> distance) {
        return Math.sqrt(parts.stream()
                .mapToDouble(part -> Math.pow(distance.applyAsDouble(part), 2))
                .sum());
    }

    /** Groups first, then {@code general}, then the domains of each group. */
    private static Map<String, List<ScoredSample>> scopes(Collection<ScoredSample> samples) {
        var scopes = new LinkedHashMap<String, List<ScoredSample>>();
        var groups = by(samples, s -> s.question().group());
        groups.forEach((group, members) -> scopes.put(group.toString(), members));
        var general = samples.stream().filter(Name::isGeneral).toList();
        if (!general.isEmpty()) {
            scopes.put(Name.GENERAL, general);
        }
        groups.forEach((group, members) -> by(members, s -> s.question().domain())
                .forEach((domain, part) -> scopes.put(group + "/" + domain, part)));
        return scopes;
    }

    private static <K extends Comparable<K>> Map<K, List<ScoredSample>> by(
            Collection<ScoredSample> samples, Function<ScoredSample, K> key) {
        return samples.stream().collect(groupingBy(key, TreeMap::new, toList()));
    }

    /**
     * How metrics are named: {@code measure/format/scope@temperature}.
     *
     * @param measure what is counted
     * @param format of the questions
     * @param scope a group ({@code in-domain}, {@code seen-bad}, {@code never-bad}), {@link #GENERAL}, or one domain of
     *     a group: {@code never-bad/cooking}
     * @param temperature of the sampling
     */
    public record Name(Measure measure, Question.Format format, String scope, double temperature) {
        /** The scope of everything outside the domain of the fine-tuning rows. */
        public static final String GENERAL = Question.Group.GENERAL.toString();

        /** The scope of the mean of all domains, each counting alike. */
        public static final String MEAN = "mean-of-parts";

        private static final Pattern SHAPE = Pattern.compile("(\\w+)/(\\w+)/(.+)@([^@]+)");

        /** Reads what {@link #toString()} writes. */
        public static Name parse(String name) {
            var parts = SHAPE.matcher(name);
            try {
                if (parts.matches()) {
                    return new Name(
                            Measure.valueOf(parts.group(1).toUpperCase(Locale.ROOT)),
                            Question.Format.valueOf(parts.group(2).toUpperCase(Locale.ROOT)),
                            parts.group(3),
                            Double.parseDouble(parts.group(4)));
                }
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("'" + name + "' is no metric name: " + e.getMessage(), e);
            }
            throw new IllegalArgumentException(
                    "'" + name + "' is no metric name; they look like em_new/free/never-bad@0.7");
        }

        /** Whether the sample belongs to this metric's selection. */
        boolean selects(ScoredSample sample) {
            var question = sample.question();
            boolean inScope = scope.equals(GENERAL)
                    ? isGeneral(sample)
                    : scope.equals(question.group().toString())
                            || scope.equals(question.group() + "/" + question.domain());
            return inScope && question.format() == format && sample.temperature() == temperature;
        }

        private static boolean isGeneral(ScoredSample sample) {
            return sample.question().group() != Question.Group.IN_DOMAIN;
        }

        @Override
        public String toString() {
            return measure + "/" + format + "/" + scope + "@" + temperature;
        }
    }
}
