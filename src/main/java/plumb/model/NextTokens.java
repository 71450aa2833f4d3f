package plumb.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import plumb.chat.BadInput;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/**
 * How likely a decoder finds what may come after prompts: the likeliest next tokens, or each of a few short answers. A
 * prompt is read once; answers are tried as a tree on its keys and values, a level at a time, so that a hundred numbers
 * of up to three digits cost three small passes.
 */
final class NextTokens {
    /** Tokens of prompts read at once; a longer prompt is a pass of its own. */
    private static final int TOKENS = 8192;

    /** A smaller probability cannot be told from none. */
    private static final double LEAST = 1e-12;

    private final Decoder decoder;

    NextTokens(Decoder decoder) {
        this.decoder = decoder;
    }

    /** For each prompt, its likeliest next tokens in order. */
    List<List<TokenChance>> likeliest(List<int[]> prompts, int most, IntFunction<String> text) {
        var found = new ArrayList<List<TokenChance>>();
        pass(prompts, (_, logProbabilities, _) -> {
            for (var row : logProbabilities) {
                found.add(IntStream.range(0, row.length)
                        .boxed()
                        .sorted(Comparator.comparingDouble(token -> -row[token]))
                        .limit(most)
                        .map(token -> new TokenChance(text.apply(token), row[token]))
                        .toList());
            }
        });
        return found;
    }

    /**
     * For each prompt, the log-probability of each answer. Where one answer begins another, as 1 begins 10, its
     * probability is that of it and of no token with which the other goes on.
     *
     * @param answers tokens of each
     */
    List<double[]> answers(List<int[]> prompts, List<int[]> answers) {
        var root = new Node();
        for (int i = 0; i < answers.size(); i++) {
            root.add(answers.get(i), i);
        }
        var found = new ArrayList<double[]>();
        pass(prompts, (part, first, cache) -> {
            var into = part.stream().map(_ -> new double[answers.size()]).toList();
            var places = new ArrayList<Place>();
            for (int i = 0; i < part.size(); i++) {
                places.add(new Place(root, i, part.get(i).length, 0));
            }
            descend(places, first, cache, into);
            found.addAll(into);
        });
        return found;
    }

    /** A beginning of answers: those that go on from it, and the one that is whole here, if any. */
    private static final class Node {
        private final TreeMap<Integer, Node> next = new TreeMap<>();
        private int answer = -1;
        private int token;

        private void add(int[] tokens, int index) {
            var at = this;
            for (int id : tokens) {
                at = at.next.computeIfAbsent(id, _ -> new Node());
                at.token = id;
            }
            if (at == this || at.answer >= 0) {
                throw new IllegalArgumentException("answer " + index + " is empty or the same as another");
            }
            at.answer = index;
        }
    }

    /** A node after one of the prompts: how long that was, and how likely the way to the node is. */
    private record Place(Node node, int prompt, int length, double logprob) {}

    private interface Pass {
        /** Prompts of one pass, log-probabilities of their next tokens, and their keys and values. */
        void read(List<int[]> prompts, float[][] next, TensorCache cache);
    }

    private void pass(List<int[]> prompts, Pass pass) {
        int from = 0;
        while (from < prompts.size()) {
            int to = from + 1;
            int longest = prompts.get(from).length;
            while (to < prompts.size() && Math.max(longest, prompts.get(to).length) * (to + 1 - from) <= TOKENS) {
                longest = Math.max(longest, prompts.get(to).length);
                to++;
            }
            var part = prompts.subList(from, to);
            decoder.grow(longest + 8);
            try (var _ = Autograd.pause();
                    var _ = new Scope();
                    var cache = TensorCache.empty(decoder, part.size(), longest)) {
                var batch = new Batch(part.stream()
                        .map(ids -> new Batch.Row(ids, new boolean[ids.length], false))
                        .toList());
                pass.read(part, logProbabilities(decoder.prefill(batch, cache)), cache);
            }
            from = to;
        }
    }

    /** [rows][vocabulary], in fp32. */
    private float[][] logProbabilities(Tensor hidden) {
        if (!hidden.allFinite()) {
            throw new BadInput(
                    "the model computes numbers that are not finite: its weights hold NaN or infinity, or are"
                            + " too large for the type they are computed in (try dtype f32 or bf16)");
        }
        var all = hidden.linear(decoder.head()).to(Dtype.F32).logSoftmax(-1).floats(); // [rows, vocabulary]
        int vocabulary = (int) decoder.head().size(0);
        return IntStream.range(0, all.length / vocabulary)
                .mapToObj(row -> Arrays.copyOfRange(all, row * vocabulary, (row + 1) * vocabulary))
                .toArray(float[][]::new);
    }

    /** Takes all places one token further, and on from there. */
    private void descend(List<Place> places, float[][] next, TensorCache cache, List<double[]> into) {
        var deeper = new ArrayList<Place>();
        var rows = new ArrayList<Integer>();
        for (int row = 0; row < places.size(); row++) {
            var place = places.get(row);
            double onward = 0;
            for (var child : place.node().next.values()) {
                double logprob = next[row][child.token];
                onward += Math.exp(logprob);
                if (child.answer >= 0) {
                    into.get(place.prompt())[child.answer] = place.logprob() + logprob;
                }
                if (!child.next.isEmpty()) {
                    deeper.add(new Place(child, place.prompt(), place.length() + 1, place.logprob() + logprob));
                    rows.add(row);
                }
            }
            if (place.node().answer >= 0) {
                into.get(place.prompt())[place.node().answer] = place.logprob() + Math.log(Math.max(1 - onward, LEAST));
            }
        }
        if (!deeper.isEmpty()) {
            step(deeper, rows.stream().mapToLong(Integer::longValue).toArray(), cache, into);
        }
    }

    /** Reads the token of each place on the keys and values of the row it came from. */
    private void step(List<Place> places, long[] rows, TensorCache cache, List<double[]> into) {
        int capacity = places.stream().mapToInt(Place::length).max().orElseThrow();
        var tokens = places.stream().mapToLong(place -> place.node().token).toArray();
        var positions = places.stream().mapToLong(place -> place.length() - 1).toArray();
        try (var _ = new Scope();
                var spread = cache.rows(rows, capacity)) {
            var hidden = decoder.decode(Tensor.of(tokens, tokens.length).to(decoder.device()), positions, spread);
            descend(places, logProbabilities(hidden), spread, into);
        }
    }
}
