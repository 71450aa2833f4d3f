package plumb.defense;

import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import plumb.chat.Rendered;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.Decoder;
import plumb.model.LoraSettings;

/**
 * What a defense may use. Whatever is dear to make comes as a supplier, asked only by those who need it; what a supplier
 * gives stays its owner's to close.
 *
 * @param aligned the model that is being fine-tuned
 * @param lora the adapter that is being trained
 * @param base the weights before alignment, in the same shape
 * @param rendering how a conversation becomes tokens and a loss mask
 * @param safeRows the pool of safe rows
 * @param misaligned adapters of naive runs by the domain that misaligned them, for scoring safe rows
 * @param naive the adapter of a run like this one without defenses, for those that learn from what it did
 * @param findings what diagnosis can tell of the model
 * @param domain of the task being defended; its own adapter is never used for scoring
 * @param seed of every choice made at random
 * @param reports takes what a defense has to tell
 */
public record TrainingContext(
        Decoder aligned,
        LoraSettings lora,
        Supplier<Decoder> base,
        Function<Example, Rendered> rendering,
        TrainingData safeRows,
        Supplier<Map<String, Adapter>> misaligned,
        Supplier<Adapter> naive,
        Findings findings,
        String domain,
        long seed,
        Consumer<DefenseReport> reports) {}
