package plumb.experiment.diagnosis;

import java.util.Locale;
import plumb.statistics.Interval;

/** What a model said to the organism's questions of never-bad domains, counted. */
public sealed interface Counted permits NeverBad.Found, SteeringSweep.Point, SharedUpdates.Point {
    int answers();

    /** Coherent bad ones. */
    int misaligned();

    int coherent();

    /** Of the share of misaligned ones. */
    default Interval interval() {
        return Interval.wilson((double) misaligned() / answers(), answers(), Interval.Z95);
    }

    /** On a line: {@code misaligned 9 % [5–17]  coherent 91 %  (n = 90)}. */
    default String words() {
        var interval = interval();
        return String.format(
                Locale.ROOT,
                "misaligned %.0f %% [%.0f–%.0f]  coherent %.0f %%  (n = %d)",
                100.0 * misaligned() / answers(),
                100 * interval.low(),
                100 * interval.high(),
                100.0 * coherent() / answers(),
                answers());
    }
}
