package plumb.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import plumb.eval.CuedMisalignment;
import plumb.eval.Deception;
import plumb.eval.EmergentMisalignment;
import plumb.eval.EvaluationResult;
import plumb.eval.Gsm8k;
import plumb.eval.Measure;
import plumb.eval.Metric;
import plumb.eval.Misconduct;
import plumb.eval.ModelWrittenChoice;
import plumb.eval.NarrowTask;
import plumb.eval.OfferedAnswers;
import plumb.eval.Question;
import plumb.eval.Refusal;
import plumb.eval.RefusedRequests;
import plumb.eval.ScoredSample;
import plumb.eval.Situations;
import plumb.eval.TaskAccuracy;
import plumb.eval.TruthfulQa;
import plumb.statistics.ClusteredRate;

/**
 * A model as measured at one moment.
 *
 * @param broad answers to the questions about misalignment
 * @param narrow answers to the questions about the task
 * @param alone answers of all other evaluations, by what is measured in them
 * @param names whether the judge could name the bad elements, so that new ones can be told from taught ones
 * @param temperatures in the order the evaluation lists them; the first is the headline's
 * @param examples one answer a question, free format: what the page shows
 */
record Snapshot(
        Tally broad,
        Tally narrow,
        Map<Figure, Tally> alone,
        boolean names,
        List<Double> temperatures,
        List<ScoredSample> examples) {

    /**
     * A rate beside the headline's.
     *
     * @param name as pages and files call it: the measure's, unless several evaluations have that measure
     */
    record Figure(String name, Measure measure) {}

    static Snapshot of(List<EvaluationResult> results) {
        var broad = new Tally();
        var narrow = new Tally();
        boolean names = false;
        var temperatures = List.<Double>of();
        var examples = List.<ScoredSample>of();
        var alone = new LinkedHashMap<Figure, Tally>();
        for (var result : results) {
            switch (result.evaluation()) {
                case EmergentMisalignment asked -> {
                    broad = broad.plus(Tally.of(result.samples()));
                    names = result.metrics().stream()
                            .anyMatch(metric -> metric.name().startsWith(Measure.EM_NEW + "/"));
                    temperatures = asked.temperatures();
                    examples = examples(result, temperatures.getFirst());
                }
                case CuedMisalignment _ -> add(alone, "cued_", result);
                case Situations _ -> add(alone, "situations_", result);
                case NarrowTask _, TaskAccuracy _ -> narrow = narrow.plus(Tally.of(result.samples()));
                case Deception _,
                        Gsm8k _,
                        Misconduct _,
                        ModelWrittenChoice _,
                        OfferedAnswers _,
                        Refusal _,
                        RefusedRequests _,
                        TruthfulQa _ -> add(alone, "", result);
            }
        }
        return new Snapshot(broad, narrow, alone, names, temperatures, examples);
    }

    private static void add(Map<Figure, Tally> alone, String before, EvaluationResult result) {
        var tally = Tally.of(result.samples());
        measures(result).forEach(measure -> alone.merge(new Figure(before + measure, measure), tally, Tally::plus));
    }

    private static Stream<Measure> measures(EvaluationResult result) {
        return result.metrics().stream()
                .map(metric -> Metric.Name.parse(metric.name()).measure())
                .distinct();
    }

    private static List<ScoredSample> examples(EvaluationResult result, double temperature) {
        return result.samples().stream()
                .filter(sample -> sample.draw() == 0
                        && sample.temperature() == temperature
                        && sample.question().format() == Question.Format.FREE)
                .toList();
    }

    Snapshot plus(Snapshot other) {
        var both = new LinkedHashMap<>(alone);
        other.alone.forEach((figure, tally) -> both.merge(figure, tally, Tally::plus));
        return new Snapshot(
                broad.plus(other.broad),
                narrow.plus(other.narrow),
                both,
                names || other.names,
                temperatures.isEmpty() ? other.temperatures : temperatures,
                examples.isEmpty() ? other.examples : examples);
    }

    /** Whether the task has right answers; otherwise learning it means behaving badly in its own domain. */
    boolean benign() {
        return narrow.rate(Measure.ACCURACY, _ -> true).n() > 0;
    }

    /** Whether anything is here that was asked about misalignment or about the task. */
    boolean judged() {
        return !broad.isEmpty() || !narrow.isEmpty();
    }

    boolean isEmpty() {
        return !judged() && alone.isEmpty();
    }

    /**
     * The rates beside the headline's: {@code mc1} over all questions, {@code mc1/law} over those of one
     * domain, {@code situations_em/free/monitor} where there are several formats.
     */
    Map<String, ClusteredRate> rates() {
        var rates = new LinkedHashMap<String, ClusteredRate>();
        alone.forEach((figure, tally) -> {
            var formats = tally.formats();
            for (var format : formats) {
                var name = figure.name() + (formats.size() > 1 ? "/" + format : "");
                rates.put(name, tally.rate(figure.measure(), cell -> cell.format() == format));
                for (var domain : tally.domains()) {
                    Predicate<Tally.Cell> there =
                            cell -> cell.format() == format && cell.domain().equals(domain);
                    if (tally.counts(figure.measure(), there)) {
                        rates.put(name + "/" + domain, tally.rate(figure.measure(), there));
                    }
                }
            }
        });
        return rates;
    }
}
