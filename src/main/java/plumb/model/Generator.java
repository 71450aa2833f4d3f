package plumb.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import plumb.chat.BadInput;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * Batched sampling with a key–value cache. Equal prompts are read once; rows that have ended leave the batch. Works on a
 * decoder without an adapter: merge first.
 */
public final class Generator {
    /** Rows decoded together: enough to fill the matrix products, few enough for the caches to stay near the core. */
    private static final int WAVE = 192;

    private final Decoder decoder;
    private final Set<Integer> stops;

    /** @param stops tokens that end an answer; they are not part of it */
    public Generator(Decoder decoder, Set<Integer> stops) {
        this.decoder = decoder;
        this.stops = Set.copyOf(stops);
    }

    /** One answer a prompt, in order. Row i draws its random numbers from (seed, i) alone. */
    public List<int[]> generate(List<int[]> prompts, Sampling sampling) {
        var answers = new int[prompts.size()][];
        var order = new ArrayList<Integer>();
        for (int i = 0; i < prompts.size(); i++) {
            order.add(i);
        }
        order.sort(java.util.Comparator.comparingInt(i -> prompts.get(i).length)); // stable: short prompts first
        try (var _ = Autograd.pause()) {
            for (int start = 0; start < order.size(); start += WAVE) {
                var rows = order.subList(start, Math.min(order.size(), start + WAVE)).stream()
                        .map(i -> new Row(i, prompts.get(i), new SplittableRandom(mix(sampling.seed(), i))))
                        .toList();
                wave(rows, sampling);
                rows.forEach(row -> answers[row.index] = row.answer());
            }
        }
        return Arrays.asList(answers);
    }

    private static long mix(long seed, long row) {
        return (seed + 0x9E3779B97F4A7C15L) * 0xBF58476D1CE4E5B9L ^ (row + 1) * 0x94D049BB133111EBL;
    }

    /** An answer in the making. */
    private static final class Row {
        private final int index;
        private final int[] prompt;
        private final SplittableRandom random;
        private int[] tokens = new int[32];
        private int length;
        private boolean ended;

        private Row(int index, int[] prompt, SplittableRandom random) {
            this.index = index;
            this.prompt = prompt;
            this.random = random;
        }

        /** How many tokens of this row stand in the cache once the last one is read. */
        private int position() {
            return prompt.length + length - 1;
        }

        private void take(int token, Set<Integer> stops, int most) {
            if (stops.contains(token)) {
                ended = true;
                return;
            }
            if (length == tokens.length) {
                tokens = Arrays.copyOf(tokens, 2 * length);
            }
            tokens[length++] = token;
            ended = length >= most;
        }

        private int last() {
            return tokens[length - 1];
        }

        private int[] answer() {
            return Arrays.copyOf(tokens, length);
        }
    }

    private void wave(List<Row> all, Sampling sampling) {
        int capacity = all.stream().mapToInt(r -> r.prompt.length).max().orElseThrow() + sampling.maxNewTokens();
        decoder.grow(capacity);
        var rows = all;
        var cache = prefill(rows, sampling, capacity);
        try {
            while (true) {
                var alive = rows.stream().filter(row -> !row.ended).toList();
                if (alive.isEmpty()) {
                    return;
                }
                if (alive.size() <= rows.size() * 3 / 4) {
                    cache = compact(cache, rows, capacity);
                    rows = alive;
                }
                decodeOne(rows, cache, sampling);
            }
        } finally {
            cache.close();
        }
    }

    private static KeyValueCache compact(KeyValueCache cache, List<Row> rows, int capacity) {
        var alive = IntStream.range(0, rows.size())
                .filter(i -> !rows.get(i).ended)
                .asLongStream()
                .toArray();
        var smaller = cache.rows(alive, capacity);
        cache.close();
        return smaller;
    }

    /** Reads each distinct prompt once, samples the first token of every row, and spreads the cache over the rows. */
    private KeyValueCache prefill(List<Row> rows, Sampling sampling, int capacity) {
        try (var _ = new Scope()) {
            var distinct = new LinkedHashMap<List<Integer>, Integer>();
            var prompts = new ArrayList<Batch.Row>();
            var source = new ArrayList<Long>();
            for (var row : rows) {
                var key = Arrays.stream(row.prompt).boxed().toList();
                int at = distinct.computeIfAbsent(key, _ -> {
                    prompts.add(new Batch.Row(row.prompt, new boolean[row.prompt.length], false));
                    return prompts.size() - 1;
                });
                source.add((long) at);
            }
            var batch = new Batch(prompts);
            try (var read = KeyValueCache.empty(decoder, prompts.size(), batch.longest())) {
                var hidden = finite(decoder.prefill(batch, read)); // [prompts, hidden]
                var spread = source.stream().mapToLong(Long::longValue).toArray();
                var index = Tensor.of(spread, spread.length).to(decoder.device());
                sample(rows, hidden.indexSelect(0, index), sampling);
                return read.rows(spread, capacity);
            }
        }
    }

    private static Tensor finite(Tensor hidden) {
        if (!hidden.allFinite()) {
            throw new BadInput(
                    "the model computes numbers that are not finite: its weights hold NaN or infinity, or are"
                            + " too large for the type they are computed in (try --dtype f32 or bf16)");
        }
        return hidden;
    }

    private void decodeOne(List<Row> rows, KeyValueCache cache, Sampling sampling) {
        try (var _ = new Scope()) {
            // an ended row still in the batch repeats its last place; what it computes is thrown away
            var tokens = rows.stream()
                    .mapToLong(row -> row.length == 0 ? 0 : row.last())
                    .toArray();
            var positions = rows.stream().mapToLong(Row::position).toArray();
            var hidden = decoder.decode(Tensor.of(tokens, tokens.length).to(decoder.device()), positions, cache);
            sample(rows, hidden, sampling);
        }
    }

    /** Draws the next token of every living row from its final state: [rows, hidden]. */
    private void sample(List<Row> rows, Tensor hidden, Sampling sampling) {
        var logits = hidden.linear(decoder.head()).to(plumb.torch.Dtype.F32); // [rows, vocabulary]
        var draws = new float[rows.size()];
        for (int i = 0; i < draws.length; i++) {
            draws[i] = rows.get(i).ended ? 0.5f : (float) rows.get(i).random.nextDouble();
        }
        var next = TokenSampler.choose(logits, draws, sampling);
        for (int i = 0; i < next.length; i++) {
            if (!rows.get(i).ended) {
                rows.get(i).take((int) next[i], stops, sampling.maxNewTokens());
            }
        }
    }
}
