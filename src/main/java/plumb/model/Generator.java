package plumb.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import plumb.chat.BadInput;
import plumb.model.arrays.ArrayDecoder;
import plumb.torch.Torch;

/**
 * Batched sampling with a key–value cache. Equal beginnings of prompts are read once; rows that have ended leave the batch.
 * Works on a decoder without an adapter: merge first.
 */
public final class Generator {
    private final Decoder decoder;
    private final Set<Integer> stops;

    /** @param stops tokens that end an answer; they are not part of it */
    public Generator(Decoder decoder, Set<Integer> stops) {
        this.decoder = decoder;
        this.stops = Set.copyOf(stops);
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
     * Each core decodes its own part of the rows with products of its own: nobody waits for anybody. Which rows are whose
     * depends on the request alone, so that the same request gives the same numbers.
     */
    private void onArrays(List<Answer> answers, Sampling sampling) {
        var arrays = new ArrayDecoder(decoder.config(), decoder.weights());
        var order = answers.stream().sorted(ArrayGeneration.BY_PROMPT).toList();
        int threads = Math.max(1, Math.min(Torch.threads(), order.size()));
        long budget = Runtime.getRuntime().maxMemory() / 2 / threads;
        var parts = new ArrayList<Runnable>();
        for (int i = 0; i < threads; i++) {
            var part = order.subList(order.size() * i / threads, order.size() * (i + 1) / threads);
            parts.add(() -> new ArrayGeneration(arrays, stops, sampling, budget).complete(part));
        }
        if (threads == 1) {
            parts.getFirst().run();
        } else {
            sideBySide(parts);
        }
    }

    private static void sideBySide(List<Runnable> parts) {
        try (var _ = Torch.oneThreadAnOperation();
                var threads = Executors.newFixedThreadPool(parts.size())) {
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
