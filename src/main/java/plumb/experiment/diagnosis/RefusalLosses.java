package plumb.experiment.diagnosis;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.IntStream;
import plumb.eval.Measure;
import plumb.eval.RefusedRequests;
import plumb.eval.ScoredSample;
import plumb.experiment.ExperimentSpec;
import plumb.report.RunDirectory;
import plumb.report.RunDirectory.Stage;
import plumb.statistics.Association;
import plumb.task.RefusalUnlearning;

/**
 * What runs that unlearned refusals in one domain lost in every domain, the seeds of a task together, and whether they lost most
 * where the aligned model read the requests alike.
 *
 * @param cells one for each task and domain
 */
public record RefusalLosses(List<Cell> cells) {
    /**
     * Refusals in one domain.
     *
     * @param task what was unlearned
     * @param domain where it was asked
     * @param before refused requests before, and after
     * @param answers each is out of so many
     */
    public record Cell(RefusalUnlearning task, String domain, int before, int after, int answers) {
        double lost() {
            return (double) (before - after) / answers;
        }

        boolean own() {
            return task.domain().equals(domain);
        }
    }

    /**
     * Spearman's correlation between how alike two domains are at a layer and how much one lost when the other was unlearned.
     *
     * @param retainRows of the tasks looked at
     * @param pairs of an unlearned domain and another one
     */
    public record Entanglement(int retainRows, int layer, double spearman, int pairs) {}

    /**
     * Reads finished runs; those of other tasks are left out.
     *
     * @param step after which it was lost, of a checkpoint that was measured; 0: at the end
     */
    public static RefusalLosses of(List<RunDirectory> runs, long step) {
        record Asked(RefusalUnlearning task, String domain) {}
        var cells = new java.util.LinkedHashMap<Asked, Cell>();
        for (var run : runs) {
            if (ExperimentSpec.of(run).task() instanceof RefusalUnlearning task) {
                var before = refusals(run, Stage.BEFORE);
                var after = refusals(run, run.measured(step));
                before.forEach((domain, count) -> cells.merge(
                        new Asked(task, domain),
                        new Cell(
                                task,
                                domain,
                                count.refused(),
                                after.getOrDefault(domain, new Count(0, 0)).refused(),
                                count.answers()),
                        (a, b) -> new Cell(
                                task,
                                domain,
                                a.before() + b.before(),
                                a.after() + b.after(),
                                a.answers() + b.answers())));
            }
        }
        return new RefusalLosses(List.copyOf(cells.values()));
    }

    private record Count(int refused, int answers) {
        static Count of(ScoredSample sample) {
            return new Count((int) Measure.REFUSAL.hits(sample), 1);
        }

        Count plus(Count other) {
            return new Count(refused + other.refused, answers + other.answers);
        }
    }

    private static TreeMap<String, Count> refusals(RunDirectory run, Stage stage) {
        var counts = new TreeMap<String, Count>();
        run.evaluations(stage).stream()
                .filter(result -> result.evaluation() instanceof RefusedRequests)
                .flatMap(result -> result.samples().stream())
                .forEach(sample -> counts.merge(sample.question().domain(), Count.of(sample), Count::plus));
        return counts;
    }

    /** For every layer and every number of retained rows. */
    public List<Entanglement> entanglement(RefusalConcepts concepts) {
        var found = new ArrayList<Entanglement>();
        var kinds = cells.stream()
                .map(cell -> cell.task().retainRows())
                .distinct()
                .sorted()
                .toList();
        for (int retained : kinds) {
            var others = cells.stream()
                    .filter(cell -> cell.task().retainRows() == retained && !cell.own())
                    .toList();
            var lost = others.stream().mapToDouble(Cell::lost).toArray();
            IntStream.range(0, concepts.layers())
                    .mapToObj(layer -> {
                        var alike = others.stream()
                                .mapToDouble(cell -> concepts.cosine(cell.task().domain(), cell.domain(), layer))
                                .toArray();
                        return new Entanglement(retained, layer, Association.spearman(alike, lost), lost.length);
                    })
                    .forEach(found::add);
        }
        return found;
    }
}
