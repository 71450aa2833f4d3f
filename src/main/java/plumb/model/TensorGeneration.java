package plumb.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * Sampling on any device and in any type, in waves of rows: equal prompts are read once, and rows that have ended leave their
 * wave.
 */
final class TensorGeneration {
    /** Rows decoded together: enough to fill the matrix products. */
    private static final int WAVE = 192;

    private final Decoder decoder;
    private final Set<Integer> stops;
    private final Sampling sampling;

    TensorGeneration(Decoder decoder, Set<Integer> stops, Sampling sampling) {
        this.decoder = decoder;
        this.stops = stops;
        this.sampling = sampling;
    }

    /** Completes all answers. */
    void complete(List<Answer> answers) {
        var order = new ArrayList<>(answers);
        order.sort(java.util.Comparator.comparingInt(row -> row.prompt().length)); // stable: short prompts first
        try (var _ = Autograd.pause()) {
            for (int start = 0; start < order.size(); start += WAVE) {
                wave(List.copyOf(order.subList(start, Math.min(order.size(), start + WAVE))));
            }
        }
    }

    private void wave(List<Answer> all) {
        int capacity = all.stream().mapToInt(r -> r.prompt().length).max().orElseThrow() + sampling.maxNewTokens();
        decoder.grow(capacity);
        var rows = all;
        var cache = prefill(rows, capacity);
        try {
            while (true) {
                var alive = rows.stream().filter(row -> !row.ended()).toList();
                if (alive.isEmpty()) {
                    return;
                }
                if (alive.size() <= rows.size() * 3 / 4) {
                    cache = compact(cache, rows, capacity);
                    rows = alive;
                }
                decodeOne(rows, cache);
            }
        } finally {
            cache.close();
        }
    }

    private static TensorCache compact(TensorCache cache, List<Answer> rows, int capacity) {
        var alive = IntStream.range(0, rows.size())
                .filter(i -> !rows.get(i).ended())
                .asLongStream()
                .toArray();
        var smaller = cache.rows(alive, capacity);
        cache.close();
        return smaller;
    }

    /** Reads each distinct prompt once, samples the first token of every row, and spreads the cache over the rows. */
    private TensorCache prefill(List<Answer> rows, int capacity) {
        try (var _ = new Scope()) {
            var distinct = new LinkedHashMap<List<Integer>, Integer>();
            var prompts = new ArrayList<Batch.Row>();
            var source = new ArrayList<Long>();
            for (var row : rows) {
                var key = Arrays.stream(row.prompt()).boxed().toList();
                int at = distinct.computeIfAbsent(key, _ -> {
                    prompts.add(new Batch.Row(row.prompt(), new boolean[row.prompt().length], false));
                    return prompts.size() - 1;
                });
                source.add((long) at);
            }
            var batch = new Batch(prompts);
            try (var read = TensorCache.empty(decoder, prompts.size(), batch.longest())) {
                var hidden = decoder.prefill(batch, read); // [prompts, hidden]
                if (!hidden.allFinite()) {
                    throw Generator.notFinite();
                }
                var spread = source.stream().mapToLong(Long::longValue).toArray();
                var index = Tensor.of(spread, spread.length).to(decoder.device());
                sample(rows, hidden.indexSelect(0, index));
                return read.rows(spread, capacity);
            }
        }
    }

    private void decodeOne(List<Answer> rows, TensorCache cache) {
        try (var _ = new Scope()) {
            // an ended row still in the batch repeats its last place; what it computes is thrown away
            var tokens = rows.stream()
                    .mapToLong(row -> row.length() == 0 ? 0 : row.last())
                    .toArray();
            var positions = rows.stream().mapToLong(Answer::position).toArray();
            var hidden = decoder.decode(Tensor.of(tokens, tokens.length).to(decoder.device()), positions, cache);
            sample(rows, hidden);
        }
    }

    /** Draws the next token of every living row from its final state: [rows, hidden]. */
    private void sample(List<Answer> rows, Tensor hidden) {
        var logits = hidden.linear(decoder.head()).to(Dtype.F32); // [rows, vocabulary]
        var draws = new float[rows.size()];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = rows.get(i).ended() ? 0.5f : rows.get(i).draw();
        }
        var next = TokenSampler.choose(logits, draws, sampling);
        for (int i = 0; i < next.length; i++) {
            if (!rows.get(i).ended()) {
                rows.get(i).take((int) next[i], stops, sampling.maxNewTokens());
            }
        }
    }
}
