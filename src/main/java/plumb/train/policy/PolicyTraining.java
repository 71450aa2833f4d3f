package plumb.train.policy;

import java.util.function.Consumer;
import plumb.data.TrainingData;
import plumb.model.Decoder;
import plumb.train.Objective;
import plumb.train.TrainingSettings;

/**
 * Everything reinforcement fine-tuning needs beside the prompts. {@code new Trainer(…).towards(training::on)} trains with it.
 *
 * @param decoder the model before training, which is also the reference
 * @param training a step's rows are its answers: batch_size times accumulation of them, in groups
 * @param rollouts hears every round of answers; answers are for reading, watching changes nothing
 */
public record PolicyTraining(
        Decoder decoder,
        PolicyFormat format,
        Environment environment,
        PolicySettings settings,
        TrainingSettings training,
        Consumer<Rollout> rollouts) {

    public PolicyTraining {
        var _ = promptsPerRound(training, settings);
    }

    /** Prompts of one round of asking. */
    static int promptsPerRound(TrainingSettings training, PolicySettings settings) {
        if (training.rowsPerStep() % settings.groupSize() != 0) {
            throw new IllegalArgumentException("batch_size times accumulation must be a multiple of group_size, got "
                    + training.rowsPerStep() + " and " + settings.groupSize());
        }
        return training.rowsPerStep() / settings.groupSize();
    }

    /** The prompts in the order of this run: the same for every arm with these rows and this seed. */
    public static TrainingData order(TrainingData data, TrainingSettings training, PolicySettings settings) {
        int rounds = Math.ceilDiv(training.steps(), settings.updates());
        return data.epochs(Math.multiplyExact(rounds, promptsPerRound(training, settings)), training.seed());
    }

    /** The objective over these prompts; safe rows among them are learned as they are. */
    public Objective on(TrainingData data) {
        return new PolicyObjective(this, Rounds.of(this, data));
    }
}
