package plumb.report;

import java.util.ArrayList;
import java.util.List;

/** One colour a kind of defense, the same everywhere on a page; the style sheet says which, for light and for dark. */
final class Colors {
    static final String ALIGNED = "aligned";
    static final String NAIVE = "naive";
    private static final int PALETTE = 7;

    private final List<String> kinds = new ArrayList<>();

    Colors(List<Study> studies) {
        for (var study : studies) {
            for (var arm : study.arms()) {
                if (arm.defended() && !kinds.contains(arm.kind())) {
                    kinds.add(arm.kind());
                }
            }
        }
    }

    /** The suffix of the style classes: {@code fill-…}, {@code stroke-…}, {@code back-…}. */
    String of(Arm arm) {
        return arm.defended() ? "kind" + kinds.indexOf(arm.kind()) % PALETTE : NAIVE;
    }
}
