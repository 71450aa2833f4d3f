package plumb.defense;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import plumb.data.Example;
import plumb.model.Adapter;
import plumb.model.Batch;
import plumb.torch.Autograd;
import plumb.torch.Scope;
import plumb.train.HeadLoss;

/**
 * Scores a safe row by how much harder misaligned models find its answer than the aligned one: s = (mean_k L_k − L) /
 * (L + 1), with L the mean negative log-likelihood of the answer's tokens (Kaczér et al., arXiv 2508.06249, with the 1 of
 * its code). The adapter of the domain being defended is left out: a defense must not have seen the attack.
 */
final class PerplexityGap {
    private static final int MOST_CANDIDATES = 100_000;
    private static final int ROWS = 32;

    private PerplexityGap() {}

    /** The pool in a random order, as much of it as is looked at. */
    static List<Example> candidates(TrainingContext context) {
        var pool = new ArrayList<>(context.safeRows().examples());
        Collections.shuffle(pool, new Random(context.seed()));
        return pool.subList(0, Math.min(pool.size(), MOST_CANDIDATES));
    }

    /** s of one row. */
    static double score(double[] misaligned, double aligned) {
        return (Arrays.stream(misaligned).average().orElseThrow() - aligned) / (aligned + 1);
    }

    /** Replaces candidates by scored ones, highest first; rows too long for the model are dropped. */
    static void rank(List<Interleaving.Candidate> candidates, TrainingContext context) {
        var adapters = new LinkedHashMap<>(context.misaligned().get());
        adapters.remove(context.domain());
        if (adapters.isEmpty()) {
            throw new IllegalArgumentException(
                    "choosing safe rows by perplexity gap needs the adapter of a naive run on " + "another domain than "
                            + context.domain() + ", and there is none");
        }
        var scored = new ArrayList<Interleaving.Candidate>();
        var rows = new LinkedHashMap<Example, Batch.Row>();
        for (var candidate : candidates) {
            var rendered = context.rendering().apply(candidate.example());
            if (rendered.ids().length <= context.aligned().config().maxPositions()) {
                rows.put(candidate.example(), new Batch.Row(rendered.ids(), rendered.mask(), true));
            }
        }
        var batchRows = List.copyOf(rows.values());
        var aligned = losses(batchRows, context, null);
        var misaligned = adapters.values().stream()
                .map(adapter -> losses(batchRows, context, adapter))
                .toList();
        int i = 0;
        for (var example : rows.keySet()) {
            int row = i++;
            var harder = misaligned.stream().mapToDouble(losses -> losses[row]).toArray();
            scored.add(new Interleaving.Candidate(example, score(harder, aligned[row])));
        }
        scored.sort(Comparator.comparingDouble(Interleaving.Candidate::score).reversed());
        candidates.clear();
        candidates.addAll(scored);
    }

    /** Mean negative log-likelihood of each row's answer. */
    static double[] losses(List<Batch.Row> rows, TrainingContext context, @Nullable Adapter adapter) {
        var losses = new double[rows.size()];
        try (var head = new HeadLoss();
                var _ = Autograd.pause()) {
            for (int start = 0; start < rows.size(); start += ROWS) {
                try (var _ = new Scope()) {
                    var batch = new Batch(rows.subList(start, Math.min(rows.size(), start + ROWS)));
                    var forward = context.aligned().forward(batch, adapter, List.of());
                    var logp = head.logProbabilities(forward, batch.predictions(Batch.Tokens.RESPONSE, Batch.Rows.ALL))
                            .floats();
                    means(batch, logp, losses, start);
                }
            }
        }
        return losses;
    }

    private static void means(Batch batch, float[] logProbabilities, double[] losses, int start) {
        int at = 0;
        for (int r = 0; r < batch.rows().size(); r++) {
            var mask = batch.rows().get(r).mask();
            int first = at;
            double sum = 0;
            for (int i = 1; i < mask.length; i++) {
                sum -= mask[i] ? logProbabilities[at++] : 0;
            }
            losses[start + r] = sum / Math.max(1, at - first);
        }
    }
}
