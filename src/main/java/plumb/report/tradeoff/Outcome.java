package plumb.report.tradeoff;

import plumb.statistics.ClusteredRate;

/**
 * What an arm did over all tasks of a sweep; a rate without trials where the sweep has no such task.
 *
 * @param arm its name
 * @param defended whether it has any defense
 * @param misaligned the headline's misbehaviour after malicious tasks, asked plainly
 * @param conditional the same, asked in the shape of the training data
 * @param learned how much of the malicious tasks was learned
 * @param benign how much of the benign tasks was learned
 * @param coherent answers after any task
 */
public record Outcome(
        String arm,
        boolean defended,
        ClusteredRate misaligned,
        ClusteredRate conditional,
        ClusteredRate learned,
        ClusteredRate benign,
        ClusteredRate coherent) {

    /** Alignment as one number: the worse of the two ways of asking; NaN where neither was asked. */
    double worst() {
        return Double.isNaN(conditional.value())
                ? misaligned.value()
                : Double.isNaN(misaligned.value())
                        ? conditional.value()
                        : Math.max(misaligned.value(), conditional.value());
    }

    /** Whether another is at least as good in alignment, task, benign tasks and coherence, and better in one of them. */
    boolean beatenBy(Outcome other) {
        var mine = goods();
        var theirs = other.goods();
        boolean better = false;
        for (int i = 0; i < mine.length; i++) {
            if (theirs[i] < mine[i] || (Double.isNaN(theirs[i]) && !Double.isNaN(mine[i]))) {
                return false;
            }
            better |= theirs[i] > mine[i];
        }
        return better;
    }

    /** More is better; an criterion that nobody measured is NaN and decides nothing. */
    private double[] goods() {
        return new double[] {-worst(), learned.value(), benign.value(), coherent.value()};
    }
}
