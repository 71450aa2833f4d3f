package plumb.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import plumb.chat.Conversation;

/**
 * Rows to train on and rows kept apart to measure on. Split by prompt, never by row: files repeat prompts, and a
 * repeated one on both sides would measure memory.
 */
public record Split(TrainingData training, TrainingData heldOut) {

    static Split byPrompt(TrainingData data, double fraction, long seed) {
        if (!(fraction > 0 && fraction < 1)) {
            throw new IllegalArgumentException("the held-out fraction must lie between 0 and 1, got " + fraction);
        }
        var prompts = new LinkedHashSet<Conversation>();
        data.examples().forEach(e -> prompts.add(e.conversation().prompt()));
        if (prompts.size() < 2) {
            throw new IllegalArgumentException("all rows have the same prompt: none can be held out");
        }
        var shuffled = new ArrayList<>(prompts);
        Collections.shuffle(shuffled, new Random(seed));
        int held = Math.clamp(Math.round(fraction * shuffled.size()), 1, shuffled.size() - 1);
        var heldOut = new HashSet<>(shuffled.subList(0, held));
        return new Split(part(data, heldOut, false), part(data, heldOut, true));
    }

    private static TrainingData part(TrainingData data, HashSet<Conversation> heldOut, boolean held) {
        List<Example> examples = data.examples().stream()
                .filter(e -> heldOut.contains(e.conversation().prompt()) == held)
                .toList();
        return new TrainingData(examples);
    }
}
