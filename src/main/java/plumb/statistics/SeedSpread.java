package plumb.statistics;

import java.util.List;

/**
 * How a rate varies between training runs that differ in their seed only. The interval is Student's t over the seeds'
 * rates, cut to [0, 1]: it speaks of further seeds, while the pooled question-clustered interval speaks of further
 * questions to these runs. A claim about a recipe needs both.
 *
 * <p>Limits: with three seeds the t factor is 4.3; and seeds that agree exactly, as when nothing ever happens, give an
 * interval without width, where only the pooled interval tells how little was seen.
 *
 * @param values the rate of each seed
 * @param mean of the values
 * @param standardDeviation between seeds; 0 with one seed
 * @param interval 95 %; all of [0, 1] with one seed
 */
public record SeedSpread(List<Double> values, double mean, double standardDeviation, Interval interval) {

    public SeedSpread {
        values = List.copyOf(values);
    }

    /** The spread of these rates, which must be in [0, 1]. */
    public static SeedSpread of(List<Double> rates) {
        if (rates.isEmpty() || !rates.stream().allMatch(rate -> rate >= 0 && rate <= 1)) {
            throw new IllegalArgumentException("needs at least one rate, each in [0, 1], got " + rates);
        }
        double mean = rates.stream().mapToDouble(Double::doubleValue).sum() / rates.size();
        if (rates.size() == 1) {
            return new SeedSpread(rates, mean, 0, new Interval(0, 1));
        }
        double squares = rates.stream()
                .mapToDouble(rate -> (rate - mean) * (rate - mean))
                .sum();
        double deviation = Math.sqrt(squares / (rates.size() - 1));
        double half = StudentT.upper(rates.size() - 1) * deviation / Math.sqrt(rates.size());
        var interval = new Interval(Math.max(0, mean - half), Math.min(1, mean + half));
        return new SeedSpread(rates, mean, deviation, interval);
    }
}
