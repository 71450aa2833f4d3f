package plumb.report.tradeoff;

import java.util.Locale;
import plumb.statistics.ClusteredRate;

/** What arms are compared in, with the largest difference that would not matter, set before any result was seen. */
public enum Criterion {
    MISALIGNED(0.02),
    CONDITIONAL(0.02),
    LEARNED(0.05),
    BENIGN(0.05),
    COHERENT(0.05);

    private final double margin;

    Criterion(double margin) {
        this.margin = margin;
    }

    public double margin() {
        return margin;
    }

    public ClusteredRate of(Outcome outcome) {
        return switch (this) {
            case MISALIGNED -> outcome.misaligned();
            case CONDITIONAL -> outcome.conditional();
            case LEARNED -> outcome.learned();
            case BENIGN -> outcome.benign();
            case COHERENT -> outcome.coherent();
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
