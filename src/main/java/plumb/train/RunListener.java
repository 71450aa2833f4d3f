package plumb.train;

import java.nio.file.Path;
import java.util.Map;

/** Watches a run. It gets numbers only: watching is not changing. */
public interface RunListener {
    /**
     * What is about to be trained.
     *
     * @param steps optimizer steps of the whole run
     * @param firstStep where this process starts; above 0 when it resumes
     * @param rows rows of the whole run
     * @param truncatedRows rows that were cut at the longest allowed length
     * @param tokens tokens of the whole run
     * @param responseTokens those of them that the task loss counts
     */
    record Plan(long steps, long firstStep, long rows, long truncatedRows, long tokens, long responseTokens) {}

    /**
     * One optimizer step.
     *
     * @param index from 0
     * @param losses the task loss as {@code task}, and each hook's terms by name, all before weighting
     * @param measures what else the objective saw in this step, by name, such as the mean reward
     * @param gradientNorm before clipping
     * @param tokens of this step
     * @param seconds this step took
     */
    record StepNumbers(
            long index,
            long total,
            Map<String, Double> losses,
            Map<String, Double> measures,
            double learningRate,
            double gradientNorm,
            long tokens,
            double seconds) {
        public double tokensPerSecond() {
            return tokens / seconds;
        }
    }

    /** Everything the run needs was found to be there; from now on its directory is one to go on from. */
    default void begun() {}

    default void started(Plan plan) {}

    default void stepped(StepNumbers numbers) {}

    /** A checkpoint is on disk, whole. */
    default void saved(long step, Path folder) {}

    /** Something to tell whoever waits. */
    default void note(String words) {}
}
