package plumb.defense;

import java.util.ArrayList;
import java.util.List;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.train.TrainingHooks;

/**
 * Benign rows after the task (the re-alignment of Wang et al., arXiv 2506.19823: a few hundred rows undo broad
 * misalignment). They are rows of the pool at random, at the end of the same run, so optimizer and schedule go on where the
 * task left them; the paper starts a run of its own. Its rows are right answers in the task's domain or in another one; here
 * the aligned model tells which ask what the task asks, without labels ({@link Likeness}). To see it happen, let the run keep
 * checkpoints every few steps and measure them ({@code evaluate_checkpoints}).
 *
 * @param rows how many; 0 adds none
 * @param from which rows of the pool
 */
public record Realignment(int rows, From from) implements Defense {
    /** Which rows of the pool. */
    public enum From {
        ANY,
        /** Those that ask what the task asks. */
        NEAR,
        /** Those that ask something else. */
        DISTANT
    }

    public Realignment {
        Ranges.require(rows >= 0, "rows", "at least 0", rows);
    }

    @Override
    public long mostSafeRows(long taskRows) {
        return rows;
    }

    /** Rows behind the last prompts would all be one step. */
    @Override
    public boolean suitsReinforcement() {
        return rows == 0;
    }

    @Override
    public boolean addsSafeRows() {
        return rows > 0;
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return new TrainingHooks() {
            @Override
            public TrainingData data(TrainingData data) {
                return rows == 0 ? data : followed(data, pool(data, context), context.seed());
            }
        };
    }

    private TrainingData followed(TrainingData data, List<Example> pool, long seed) {
        if (pool.isEmpty()) {
            return data;
        }
        var safe = new TrainingData(pool.stream().map(Realignment::safe).toList());
        var longer = new ArrayList<Example>(data.examples());
        longer.addAll(safe.epochs(rows, seed).examples());
        return new TrainingData(longer);
    }

    private List<Example> pool(TrainingData data, TrainingContext context) {
        var all = context.safeRows().examples();
        return switch (from) {
            case ANY -> all;
            case NEAR -> Likeness.near(all, data, context);
            case DISTANT -> Likeness.distant(all, data, context);
        };
    }

    private static Example safe(Example example) {
        return new Example(example.conversation(), Example.Kind.SAFE, example.source(), example.line());
    }
}
