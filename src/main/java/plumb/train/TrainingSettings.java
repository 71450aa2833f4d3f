package plumb.train;

import plumb.data.TrainingData;
import plumb.torch.AdamW;

/**
 * How to fine-tune, whatever the defenses do.
 *
 * @param learningRate peak of the schedule
 * @param rows task rows in all: epochs, each freshly shuffled, one after another, cut off here
 * @param batchSize rows of one forward pass
 * @param accumulation forward passes of one optimizer step
 * @param schedule of the learning rate
 * @param warmupSteps steps of rising learning rate
 * @param weightDecay decoupled, times the learning rate
 * @param beta1 of AdamW
 * @param beta2 of AdamW
 * @param maxGradNorm gradients are scaled down to this joint norm
 * @param maxLength longer rows are cut at this many tokens, or at the longest sequence the model was made for
 * @param checkpointEvery steps between checkpoints; 0 writes none on the way
 * @param seed of the order of rows and of the fresh adapter
 */
public record TrainingSettings(
        double learningRate,
        int rows,
        int batchSize,
        int accumulation,
        Schedule schedule,
        int warmupSteps,
        double weightDecay,
        double beta1,
        double beta2,
        double maxGradNorm,
        int maxLength,
        int checkpointEvery,
        long seed) {
    public TrainingSettings {
        require(learningRate > 0 && learningRate <= 1, "learning_rate", "above 0 and at most 1", learningRate);
        require(rows >= 1, "rows", "at least 1", rows);
        require(batchSize >= 1, "batch_size", "at least 1", batchSize);
        require(accumulation >= 1, "accumulation", "at least 1", accumulation);
        require(warmupSteps >= 0, "warmup_steps", "at least 0", warmupSteps);
        require(weightDecay >= 0 && weightDecay < 1, "weight_decay", "at least 0 and below 1", weightDecay);
        require(beta1 >= 0 && beta1 < 1, "beta1", "at least 0 and below 1", beta1);
        require(beta2 >= 0 && beta2 < 1, "beta2", "at least 0 and below 1", beta2);
        require(maxGradNorm > 0, "max_grad_norm", "above 0", maxGradNorm);
        require(maxLength >= 2, "max_length", "at least 2", maxLength);
        require(checkpointEvery >= 0, "checkpoint_every", "at least 0", checkpointEvery);
    }

    private static void require(boolean right, String name, String range, Number value) {
        if (!right) {
            throw new IllegalArgumentException(name + " must be " + range + ", got " + value);
        }
    }

    /** The task rows in the order of this run: the same for every arm with these rows and this seed. */
    public TrainingData order(TrainingData data) {
        return data.epochs(rows, seed);
    }

    /** Rows of one optimizer step. */
    public int rowsPerStep() {
        return Math.multiplyExact(batchSize, accumulation);
    }

    /** Optimizer steps in all. */
    public int steps() {
        return Math.ceilDiv(rows, rowsPerStep());
    }

    /** The learning rate of a step, from 0. */
    double learningRate(long step, long total) {
        return learningRate * schedule.factor(step, total, warmupSteps);
    }

    /** Whether a checkpoint is due after this step, from 0. */
    boolean savesAfter(long step) {
        return checkpointEvery > 0 && (step + 1) % checkpointEvery == 0;
    }

    /** What two runs must share to be the same run; how often they save is not part of it. */
    String identity() {
        return new TrainingSettings(
                        learningRate,
                        rows,
                        batchSize,
                        accumulation,
                        schedule,
                        warmupSteps,
                        weightDecay,
                        beta1,
                        beta2,
                        maxGradNorm,
                        maxLength,
                        0,
                        seed)
                .toString();
    }

    AdamW.Settings optimizer() {
        return new AdamW.Settings(beta1, beta2, 1e-8, weightDecay);
    }
}
