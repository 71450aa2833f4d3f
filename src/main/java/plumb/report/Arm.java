package plumb.report;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Predicate;
import plumb.eval.Measure;
import plumb.statistics.ClusteredRate;

/** Runs that differ in their seed only: one row of a table, one point of a plot. */
record Arm(List<Run> runs) {

    String name() {
        return runs.getFirst().name();
    }

    String kind() {
        return runs.getFirst().kind();
    }

    boolean defended() {
        return runs.getFirst().defended();
    }

    Snapshot before() {
        return runs.stream().map(Run::before).reduce(Snapshot::plus).orElseThrow();
    }

    Snapshot after() {
        return runs.stream().map(Run::after).reduce(Snapshot::plus).orElseThrow();
    }

    /** The checkpoints on the way, pooled over the runs. */
    SortedMap<Long, Snapshot> trajectory() {
        var pooled = new TreeMap<Long, Snapshot>();
        runs.forEach(run -> run.trajectory().forEach((step, shot) -> pooled.merge(step, shot, Snapshot::plus)));
        return pooled;
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
