package plumb.report;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import plumb.eval.Measure;
import plumb.statistics.ClusteredRate;

/**
 * Runs that differ in their seed only: one row of a table, one point of a plot.
 *
 * @param before the model they started from, pooled over the runs
 * @param after the models they made, pooled
 * @param trajectory the checkpoints on the way, pooled, by step
 */
record Arm(List<Run> runs, Snapshot before, Snapshot after, SortedMap<Long, Snapshot> trajectory) {

    static Arm of(List<Run> runs) {
        var trajectory = new TreeMap<Long, Snapshot>();
        runs.forEach(run -> run.trajectory().forEach((step, shot) -> trajectory.merge(step, shot, Snapshot::plus)));
        return new Arm(
                runs,
                runs.stream().map(Run::before).reduce(Snapshot::plus).orElseThrow(),
                runs.stream().map(Run::after).reduce(Snapshot::plus).orElseThrow(),
                trajectory);
    }

    String name() {
        return runs.getFirst().name();
    }

    String kind() {
        return runs.getFirst().kind();
    }

    boolean defended() {
        return runs.getFirst().defended();
    }

    /** A point of the trade-off: how much of the task was learned, how much misalignment came with it. */
    record Point(ClusteredRate learned, ClusteredRate misaligned) {
        static Point of(Snapshot shot, Measure measure, Predicate<Tally.Cell> where) {
            var learning = shot.benign() ? Measure.ACCURACY : Measure.NARROW;
            return new Point(
                    shot.narrow().rate(learning, _ -> true), shot.broad().rate(measure, where));
        }
    }
}
