package plumb.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import plumb.chat.BadInput;
import plumb.torch.Autograd;
import plumb.torch.Dtype;
import plumb.torch.Scope;
import plumb.torch.Tensor;

/** How likely a decoder finds each of several texts after one prompt. The prompt is read once, the texts side by side. */
final class Continuations {
    /** Tokens of texts in one pass; the prompt is read again for the next one. */
    private static final int TOKENS = 2048;

    /** Predictions whose logits exist at once: a vocabulary of 150,000 makes them 80 MB. */
    private static final int PREDICTIONS = 128;

    private final Decoder decoder;

    Continuations(Decoder decoder) {
        this.decoder = decoder;
    }

    /**
     * Σ ln p over the marked tokens of each row.
     *
     * @param rows the prompt with a text behind it, whose tokens are marked
     */
    double[] logLikelihoods(List<Batch.Row> rows) {
        var sums = new double[rows.size()];
        int from = 0;
        while (from < rows.size()) {
            int to = from + 1;
            long tokens = rows.get(from).ids().length;
            while (to < rows.size() && tokens + rows.get(to).ids().length <= TOKENS) {
                tokens += rows.get(to++).ids().length;
            }
            var part = rows.subList(from, to);
            System.arraycopy(sums(part), 0, sums, from, part.size());
            from = to;
        }
        return sums;
    }

    private double[] sums(List<Batch.Row> rows) {
        int shared = shared(rows);
        requireRoom(rows);
        try (var _ = new Scope();
                var _ = Autograd.pause()) {
            var ids = rows.stream().map(Batch.Row::ids).toList();
            var states = decoder.branched(new Branches(ids, shared, decoder)); // [shared + texts, hidden]
            var positions = new ArrayList<Long>();
            var targets = new ArrayList<Long>();
            var owners = new ArrayList<Integer>();
            long start = shared;
            for (int r = 0; r < rows.size(); r++) {
                var row = rows.get(r);
                for (int i = shared; i < row.ids().length; i++) {
                    if (row.mask()[i]) {
                        positions.add(i == shared ? shared - 1 : start + i - shared - 1);
                        targets.add((long) row.ids()[i]);
                        owners.add(r);
                    }
                }
                start += row.ids().length - shared;
            }
            var sums = new double[rows.size()];
            for (int at = 0; at < targets.size(); at += PREDICTIONS) {
                int end = Math.min(targets.size(), at + PREDICTIONS);
                var found = logProbabilities(states, positions.subList(at, end), targets.subList(at, end));
                for (int i = at; i < end; i++) {
                    sums[owners.get(i)] += found[i - at];
                }
            }
            return finite(sums);
        }
    }

    /** How many tokens all rows begin with, none of them marked and none of them a row's last. */
    private static int shared(List<Batch.Row> rows) {
        var first = rows.getFirst().ids();
        int shared = first.length - 1;
        for (var row : rows) {
            int unmarked = 0;
            while (unmarked < row.ids().length - 1 && !row.mask()[unmarked]) {
                unmarked++;
            }
            int alike = Arrays.mismatch(first, row.ids());
            shared = Math.min(shared, alike < 0 ? unmarked : Math.min(unmarked, alike));
        }
        if (shared < 1) {
            throw new IllegalArgumentException("the prompt has no token that all texts could follow");
        }
        return shared;
    }

    private void requireRoom(List<Batch.Row> rows) {
        int longest = rows.stream().mapToInt(row -> row.ids().length).max().orElseThrow();
        if (longest > decoder.config().maxPositions()) {
            throw new BadInput("a prompt with its answer has " + longest + " tokens, the model's context is "
                    + decoder.config().maxPositions() + ": shorten it");
        }
    }

    private float[] logProbabilities(Tensor states, List<Long> positions, List<Long> targets) {
        try (var _ = new Scope()) {
            var logits = states.indexSelect(0, tensor(positions)).linear(decoder.head()); // [targets, vocabulary]
            var column = tensor(targets).view(targets.size(), 1);
            return logits.to(Dtype.F32).logSoftmax(-1).gather(1, column).floats();
        }
    }

    private Tensor tensor(List<Long> values) {
        var array = values.stream().mapToLong(Long::longValue).toArray();
        return Tensor.of(array, array.length).to(decoder.device());
    }

    private double[] finite(double[] sums) {
        if (!Arrays.stream(sums).allMatch(Double::isFinite)) {
            throw decoder.notFinite();
        }
        return sums;
    }
}
