package plumb.report;

import java.util.List;
import plumb.eval.Deception;
import plumb.eval.EmergentMisalignment;
import plumb.eval.EvaluationResult;
import plumb.eval.Measure;
import plumb.eval.NarrowTask;
import plumb.eval.Question;
import plumb.eval.ScoredSample;
import plumb.eval.TaskAccuracy;

/**
 * A model as measured at one moment.
 *
 * @param broad answers to the questions about misalignment
 * @param narrow answers to the questions about the task
 * @param names whether the judge could name the bad elements, so that new ones can be told from taught ones
 * @param temperatures in the order the evaluation lists them; the first is the headline's
 * @param examples one answer a question, free format: what the page shows
 */
record Snapshot(Tally broad, Tally narrow, boolean names, List<Double> temperatures, List<ScoredSample> examples) {

    static Snapshot of(List<EvaluationResult> results) {
        var broad = new Tally();
        var narrow = new Tally();
        boolean names = false;
        var temperatures = List.<Double>of();
        var examples = List.<ScoredSample>of();
        for (var result : results) {
            switch (result.evaluation()) {
                case EmergentMisalignment asked -> {
                    broad = broad.plus(Tally.of(result.samples()));
                    names = result.metrics().stream()
                            .anyMatch(metric -> metric.name().startsWith(Measure.EM_NEW + "/"));
                    temperatures = asked.temperatures();
                    examples = examples(result, temperatures.getFirst());
                }
                case Deception _ -> {} // a measure of its own, in the result file
                case NarrowTask _, TaskAccuracy _ -> narrow = narrow.plus(Tally.of(result.samples()));
            }
        }
        return new Snapshot(broad, narrow, names, temperatures, examples);
    }

    private static List<ScoredSample> examples(EvaluationResult result, double temperature) {
        return result.samples().stream()
                .filter(sample -> sample.draw() == 0
                        && sample.temperature() == temperature
                        && sample.question().format() == Question.Format.FREE)
                .toList();
    }

    Snapshot plus(Snapshot other) {
        return new Snapshot(
                broad.plus(other.broad),
                narrow.plus(other.narrow),
                names || other.names,
                temperatures.isEmpty() ? other.temperatures : temperatures,
                examples.isEmpty() ? other.examples : examples);
    }

    /** Whether the task has right answers; otherwise learning it means behaving badly in its own domain. */
    boolean benign() {
        return narrow.rate(Measure.ACCURACY, _ -> true).n() > 0;
    }

    boolean isEmpty() {
        return broad.isEmpty() && narrow.isEmpty();
    }
}
