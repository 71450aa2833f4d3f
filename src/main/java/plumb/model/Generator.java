package plumb.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import plumb.chat.BadInput;
import plumb.model.arrays.ArrayDecoder;
import plumb.torch.Crew;
import plumb.torch.Torch;

/**
 * Batched sampling with a key–value cache. Equal beginnings of prompts are read once; rows that have ended leave the batch.
 * Works on a decoder without an adapter: merge first.
 */
public final class Generator {
    private final Decoder decoder;
    private final Set<Integer> stops;
    private final boolean together;

    /** @param stops tokens that end an answer; they are not part of it */
    public Generator(Decoder decoder, Set<Integer> stops) {
        this(decoder, stops, ArrayDecoder.isLarge(decoder.weights()));
    }

    /** @param together whether cores share every product on a CPU, and do not each decode rows of their own */
    Generator(Decoder decoder, Set<Integer> stops, boolean together) {
        this.decoder = decoder;
        this.stops = Set.copyOf(stops);
        this.together = together;
    }

    /** One answer a prompt, in order. Row i draws its random numbers from (seed, i) alone. */
    public List<int[]> generate(List<int[]> prompts, Sampling sampling) {
        var answers = new ArrayList<Answer>();
        for (int i = 0; i < prompts.size(); i++) {
            answers.add(new Answer(i, prompts.get(i), sampling.seed()));
        }
        if (ArrayDecoder.suits(decoder.device(), decoder.head().dtype())) {
            onArrays(answers, sampling);
        } else {
            new TensorGeneration(decoder, stops, sampling).complete(answers);
        }
        return answers.stream().map(Answer::tokens).toList();
    }

    /**
     * With a small model each core decodes its own part of the rows with products of its own: nobody waits for anybody. A large
     * one is read from memory once for all rows, and the cores share every product. Which rows and products are whose depends
     * on the request alone, so that the same request gives the same numbers.
     */
    private void onArrays(List<Answer> answers, Sampling sampling) {
        var arrays = new ArrayDecoder(decoder.config(), decoder.weights());
        var order = answers.stream().sorted(ArrayGeneration.BY_PROMPT).toList();
        long memory = Runtime.getRuntime().maxMemory() / 2;
        try (var _ = Torch.oneThreadAnOperation();
                var crew = Crew.of(together ? Torch.threads() : 1)) {
            int shares = together ? 1 : Math.max(1, Math.min(Torch.threads(), order.size()));
            var parts = new ArrayList<Runnable>();
            for (int i = 0; i < shares; i++) {
                var part = order.subList(order.size() * i / shares, order.size() * (i + 1) / shares);
                var generation = new ArrayGeneration(arrays, stops, sampling, memory / shares, crew);
                parts.add(() -> generation.complete(part));
            }
            sideBySide(parts);
        }
    }

    private static void sideBySide(List<Runnable> parts) {
        if (parts.size() == 1) {
            parts.getFirst().run();
            return;
        }
        try (var threads = Executors.newFixedThreadPool(parts.size())) {
            var running = parts.stream().<Future<?>>map(threads::submit).toList();
            for (var part : running) {
                part.get();
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while sampling", e);
        }
    }

    static BadInput notFinite() {
        return new BadInput("the model computes numbers that are not finite: its weights hold NaN or infinity, or are"
                + " too large for the type they are computed in (try --dtype f32 or bf16)");
    }
}
