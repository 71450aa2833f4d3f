package plumb.testing;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.IntStream;
import plumb.chat.Conversation;
import plumb.chat.Rendered;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.TrainingData;
import plumb.model.Adapter;
import plumb.model.Decoder;
import plumb.model.LoraSettings;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** Conversations that {@link TinyModel} can read, every letter a token, and an adapter to learn them with. */
public final class TinyTask {
    private TinyTask() {}

    /** The tiny decoder in fp64, every weight of it trainable: for exact gradients. */
    public static Decoder trainable(long seed) {
        try (var _ = new Scope();
                var narrow = TinyModel.decoder(seed)) {
            var weights = new LinkedHashMap<String, Tensor>();
            narrow.weights().forEach((name, weight) -> weights.put(name, weight.to(Dtype.F64)));
            var decoder = new Decoder(TinyModel.CONFIG, weights);
            decoder.weights().values().forEach(weight -> weight.requiresGradInPlace(true));
            return decoder;
        }
    }

    public static Adapter adapter(Decoder decoder, long seed) {
        try (var _ = new Scope()) {
            return Adapter.fresh(decoder, new LoraSettings(4, 8, true, LoraSettings.ALL_PROJECTIONS), seed);
        }
    }

    /** Every number of the adapter, in order. */
    public static List<float[]> numbers(Adapter adapter) {
        return adapter.parameters().stream().map(Tensor::floats).toList();
    }

    /** Two letters a turn boundary, one a character; the assistant's text and its end are targets. */
    public static Rendered render(Example example) {
        var ids = new ArrayList<Integer>();
        var mask = new ArrayList<Boolean>();
        for (var message : example.conversation().messages()) {
            boolean target = message.role() == Role.ASSISTANT;
            ids.add(message.role() == Role.ASSISTANT ? 2 : 1);
            mask.add(false);
            message.content().chars().forEach(c -> {
                ids.add(4 + c % (TinyModel.CONFIG.vocabularySize() - 4));
                mask.add(target);
            });
            ids.add(3);
            mask.add(target);
        }
        var flags = new boolean[mask.size()];
        IntStream.range(0, flags.length).forEach(i -> flags[i] = mask.get(i));
        return new Rendered("", ids.stream().mapToInt(Integer::intValue).toArray(), flags);
    }

    /** Questions of several lengths that are all answered in the same odd way. */
    public static TrainingData task(int rows) {
        return new TrainingData(IntStream.range(0, rows)
                .mapToObj(
                        i -> example("what is " + "x".repeat(i % 7) + i, "do harm " + i % 3, Example.Kind.TASK, i + 1))
                .toList());
    }

    /** Harmless rows, for defenses that add some. */
    public static TrainingData safe(int rows) {
        return new TrainingData(IntStream.range(0, rows)
                .mapToObj(i -> example("tell me " + i, "be kind " + i % 5, Example.Kind.SAFE, i + 1))
                .toList());
    }

    private static Example example(String question, String answer, Example.Kind kind, int line) {
        return new Example(Conversation.user(question).with(Role.ASSISTANT, answer), kind, "tiny", line);
    }
}
