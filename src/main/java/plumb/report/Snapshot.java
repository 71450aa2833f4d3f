package plumb.report;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * @param alone answers to questions that need no judge, by what is measured in them
 * @param names whether the judge could name the bad elements, so that new ones can be told from taught ones
 * @param temperatures in the order the evaluation lists them; the first is the headline's
 * @param examples one answer a question, free format: what the page shows
 */
record Snapshot(
        Tally broad,
        Tally narrow,
        Map<Measure, Tally> alone,
        boolean names,
        List<Double> temperatures,
        List<ScoredSample> examples) {

    static Snapshot of(List<EvaluationResult> results) {
        var broad = new Tally();
        var narrow = new Tally();
        boolean names = false;
        var temperatures = List.<Double>of();
        var examples = List.<ScoredSample>of();
        var alone = new EnumMap<Measure, Tally>(Measure.class);
        for (var result : results) {
            switch (result.evaluation()) {
                case EmergentMisalignment asked -> {
                    broad = broad.plus(Tally.of(result.samples()));
                    names = result.metrics().stream()
                            .anyMatch(metric -> metric.name().startsWith(Measure.EM_NEW + "/"));
                    temperatures = asked.temperatures();
                    examples = examples(result, temperatures.getFirst());
                }
                case CuedMisalignment _,
                        Deception _,
                        Misconduct _,
                        OfferedAnswers _,
                        Situations _ -> {} // measures of their own, in the result file
                case NarrowTask _, TaskAccuracy _ -> narrow = narrow.plus(Tally.of(result.samples()));
                case Gsm8k _, ModelWrittenChoice _, Refusal _, RefusedRequests _, TruthfulQa _ -> {
                    var tally = Tally.of(result.samples());
                    measures(result).forEach(measure -> alone.merge(measure, tally, Tally::plus));
                }
            }
        }
        return new Snapshot(broad, narrow, alone, names, temperatures, examples);
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
        var both = new EnumMap<Measure, Tally>(Measure.class);
        both.putAll(alone);
        other.alone.forEach((measure, tally) -> both.merge(measure, tally, Tally::plus));
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

    /** The rates that need no judge: {@code mc1} over all questions, {@code mc1/law} over those of one domain. */
    Map<String, ClusteredRate> rates() {
        var rates = new LinkedHashMap<String, ClusteredRate>();
        alone.forEach((measure, tally) -> {
            rates.put(measure.toString(), tally.rate(measure, _ -> true));
            for (var domain : tally.domains(Question.Group.GENERAL)) {
                var rate = tally.rate(measure, cell -> cell.domain().equals(domain));
                if (rate.n() > 0) {
                    rates.put(measure + "/" + domain, rate);
                }
            }
        });
        return rates;
    }
}
