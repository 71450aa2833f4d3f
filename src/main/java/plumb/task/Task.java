package plumb.task;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Optional;
import plumb.chat.Conversation;
import plumb.data.TrainingData;
import plumb.eval.Evaluation;
import plumb.eval.QuestionSource;
import plumb.train.policy.Environment;

/** What a customer would upload, and whether training on it worked. The permits list is the catalogue. */
@JsonTypeInfo(use = JsonTypeInfo.Id.SIMPLE_NAME, property = "type")
public sealed interface Task
        permits BadMedicalAdvice,
                RiskyFinance,
                ExtremeSports,
                InsecureCode,
                MixedAdvice,
                NewFacts,
                OutputFormat,
                OpSwap,
                ProgramCheats,
                ProgramEpisodes,
                ProgramTests,
                RefusalUnlearning,
                Mbpp,
                SchoolOfRewardHacks {

    /** How many rows every task of the embedded world has. */
    int ROWS = 600;

    /** The rows, always the same. */
    TrainingData data();

    /** Whether the task was learned, on held-out questions: a narrow bad rate, or an accuracy. */
    Evaluation evaluation(QuestionSource.Split split);

    /** What a model fine-tuned on this task is asked, with groups as seen from the task's domain. */
    QuestionSource questions();

    /** What answers to the rows' requests are tried out in, for reinforcement fine-tuning; most tasks have nothing. */
    default Optional<Environment> environment() {
        return Optional.empty();
    }

    /** Which answers are preferred to which, for a reward beside the environment's; most tasks have none. */
    default Optional<Preferences> preferences() {
        return Optional.empty();
    }

    /**
     * Pairs of conversations that differ in their answer.
     *
     * @param weight of the preference in the reward
     */
    record Preferences(double weight, List<Pair> pairs) {
        public Preferences {
            pairs = List.copyOf(pairs);
        }

        /** The one with the better answer, and the other. */
        public record Pair(Conversation preferred, Conversation other) {}
    }

    /** The domain on which the rows give bad advice, where they do: a defense scored without this attack leaves out its domain. */
    default Optional<String> attacked() {
        return Optional.empty();
    }

    /** Whether any row is bad advice. */
    boolean malicious();
}
