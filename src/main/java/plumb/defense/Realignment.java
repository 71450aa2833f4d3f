package plumb.defense;

import java.util.ArrayList;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.train.TrainingHooks;

/**
 * Benign rows after the task (the re-alignment of Wang et al., arXiv 2506.19823: a few hundred rows undo broad
 * misalignment). They are rows of the pool at random, at the end of the same run, so optimizer and schedule go on where the
 * task left them; the paper starts a run of its own. To see it happen, let the run keep checkpoints every few steps and
 * measure them ({@code evaluate_checkpoints}).
 *
 * @param rows how many; 0 adds none
 */
public record Realignment(int rows) implements Defense {
    public Realignment {
        Ranges.require(rows >= 0, "rows", "at least 0", rows);
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return new TrainingHooks() {
            @Override
            public TrainingData data(TrainingData data) {
                if (rows == 0) {
                    return data;
                }
                var longer = new ArrayList<Example>(data.examples());
                var pool = new TrainingData(context.safeRows().examples().stream()
                        .map(Realignment::safe)
                        .toList());
                longer.addAll(pool.epochs(rows, context.seed()).examples());
                return new TrainingData(longer);
            }
        };
    }

    private static Example safe(Example example) {
        return new Example(example.conversation(), Example.Kind.SAFE, example.source(), example.line());
    }
}
