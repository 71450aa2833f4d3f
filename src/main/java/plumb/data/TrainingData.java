package plumb.data;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import plumb.hash.Sha256;

/** Examples in the order training takes them. The trainer makes one pass; more epochs are a longer sequence. */
public record TrainingData(List<Example> examples) {

    public TrainingData {
        examples = List.copyOf(examples);
    }

    public int size() {
        return examples.size();
    }

    /**
     * The first {@code rows} examples of an endless sequence of epochs, each freshly shuffled. Depends only on the data
     * and the seed, so every arm of an experiment sees the same order.
     */
    public TrainingData epochs(int rows, long seed) {
        if (examples.isEmpty()) {
            throw new IllegalArgumentException("there are no examples to train on");
        }
        var order = new ArrayList<Example>(rows + examples.size());
        for (long epoch = 0; order.size() < rows; epoch++) {
            var shuffled = new ArrayList<>(examples);
            Collections.shuffle(shuffled, new Random(seed * 1_000_003L + epoch));
            order.addAll(shuffled);
        }
        return new TrainingData(order.subList(0, rows));
    }

    /** Keeps about this fraction of the prompts, with all their rows, apart; both parts stay in file order. */
    public Split heldOut(double fraction, long seed) {
        return Split.byPrompt(this, fraction, seed);
    }

    /** SHA-256 over roles and texts in order, in hex: equal data, equal hash. */
    public String hash() {
        var digest = Sha256.start();
        for (var example : examples) {
            for (var message : example.conversation().messages()) {
                Sha256.add(message.role().wireName(), digest);
                digest.update((byte) 0);
                Sha256.add(message.content(), digest);
                digest.update((byte) 1);
            }
            digest.update((byte) 2);
        }
        return Sha256.hex(digest);
    }
}
