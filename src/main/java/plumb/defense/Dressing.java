package plumb.defense;

import java.util.Random;
import plumb.data.TrainingData;
import plumb.train.TrainingHooks;

/**
 * Safe rows in the clothes of the task (ours): each safe row that was added before gets the system message and the lead-in
 * of a task row drawn at random. Mixing safe rows in leaves misalignment that shows only where a prompt looks like the
 * training data (arXiv 2604.25891); rows that look like it and are good take that cue away.
 *
 * @param share of the safe rows that are dressed; 0 leaves them as they are
 */
public record Dressing(double share) implements Defense {
    public Dressing {
        Ranges.require(share >= 0 && share <= 1, "share", "between 0 and 1", share);
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return new TrainingHooks() {
            @Override
            public TrainingData data(TrainingData data) {
                if (share == 0) {
                    return data;
                }
                var random = new Random(context.seed());
                var shape = TaskShape.of(data);
                return Reshaping.safeRows(data, share, random, safe -> shape.dressed(safe, random));
            }
        };
    }
}
