package plumb.train;

/**
 * The learning rate over a run, as a share of its peak. During warmup it rises as i / warmup, so that the first step's is
 * 0, as Transformers has it: runs can be compared step by step. After warmup, with x the share of the remaining steps
 * that is done:
 */
public enum Schedule {
    /** 1 − x */
    LINEAR,
    /** (1 + cos πx) / 2 */
    COSINE,
    /** 1 */
    CONSTANT;

    /**
     * The share of the peak learning rate that a step takes.
     *
     * @param step from 0
     * @param total steps of the run
     * @param warmup steps of rising rate
     */
    public double factor(long step, long total, long warmup) {
        if (step < warmup) {
            return (double) step / warmup;
        }
        double done = (double) (step - warmup) / Math.max(1, total - warmup);
        return switch (this) {
            case LINEAR -> Math.max(0, 1 - done);
            case COSINE -> (1 + Math.cos(Math.PI * Math.min(1, done))) / 2;
            case CONSTANT -> 1;
        };
    }
}
