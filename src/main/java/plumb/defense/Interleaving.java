package plumb.defense;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Random;
import plumb.chat.Role;
import plumb.data.Example;
import plumb.data.RefusalPhrases;
import plumb.data.TrainingData;
import plumb.train.TrainingHooks;

/**
 * Safe rows among the task rows (Kaczér et al., arXiv 2508.06249): the best defense there in its last variant. The paper
 * does not say what its percentage is of; here |D_safe| = round(fraction · |D_fine|), counted in distinct rows, and the
 * training sequence, whatever its epochs, gets one safe row after every 1/fraction task rows.
 *
 * @param fraction safe rows a task row; 0 adds none
 * @param selection which rows of the pool
 */
public record Interleaving(double fraction, Selection selection) implements Defense {
    /** How safe rows are chosen. */
    public enum Selection {
        RANDOM,
        /** Interleaving+: the rows that misaligned models find harder than the aligned one; see {@link PerplexityGap}. */
        PERPLEXITY_GAP,
        /** Interleaving++: the same, without answers that refuse. */
        PERPLEXITY_GAP_NO_REFUSALS,
        /**
         * Rows at random, without those that ask what the task asks (ours): they would contradict it. What is left out is
         * not replaced, and a task that asks about everything gets none.
         */
        DISTANT
    }

    public Interleaving {
        Ranges.require(fraction >= 0 && fraction <= 1, "fraction", "between 0 and 1", fraction);
    }

    @Override
    public long mostSafeRows(long taskRows) {
        return Math.round(fraction * taskRows);
    }

    @Override
    public boolean addsSafeRows() {
        return fraction > 0;
    }

    @Override
    public TrainingHooks install(TrainingContext context) {
        return new TrainingHooks() {
            @Override
            public TrainingData data(TrainingData data) {
                long count = Math.round(fraction * taskRows(data).size());
                return count == 0 ? data : interleaved(data, chosen(data, context), count, context.seed());
            }
        };
    }

    static boolean refuses(Example example) {
        var answer = example.conversation().last(Role.ASSISTANT).orElse("");
        return RefusalPhrases.KACZER.in(answer).isPresent();
    }

    private static List<Example> taskRows(TrainingData data) {
        return data.examples().stream()
                .filter(example -> example.kind() == Example.Kind.TASK)
                .toList();
    }

    /** Distinct safe rows, best first, and how many were wanted: each that is missing leaves its places empty. */
    private record Chosen(List<Example> rows, int wanted) {}

    private Chosen chosen(TrainingData data, TrainingContext context) {
        var distinct = Collections.newSetFromMap(new IdentityHashMap<Example, Boolean>());
        distinct.addAll(taskRows(data));
        int wanted = Math.toIntExact(Math.max(1, Math.round(fraction * distinct.size())));
        var candidates = new ArrayList<Candidate>();
        for (var example : PerplexityGap.candidates(context)) {
            candidates.add(new Candidate(example, 0));
        }
        int all = candidates.size();
        if (selection == Selection.PERPLEXITY_GAP || selection == Selection.PERPLEXITY_GAP_NO_REFUSALS) {
            PerplexityGap.rank(candidates, context);
        }
        int readable = candidates.size();
        if (selection == Selection.PERPLEXITY_GAP_NO_REFUSALS) {
            candidates.removeIf(candidate -> refuses(candidate.example()));
        }
        if (candidates.size() < wanted) {
            throw new IllegalArgumentException("Interleaving with fraction " + fraction + " needs " + wanted
                    + " safe rows, the pool offers " + candidates.size() + ": lower fraction or enlarge the pool");
        }
        int refusals = readable - candidates.size();
        var best = candidates.subList(0, wanted);
        var chosen = selection == Selection.DISTANT ? distant(best, data, context) : best;
        context.reports().accept(report(all, refusals + wanted - chosen.size(), chosen));
        return new Chosen(chosen.stream().map(Candidate::safe).toList(), wanted);
    }

    private static List<Candidate> distant(List<Candidate> from, TrainingData data, TrainingContext context) {
        var rows = from.stream().map(Candidate::example).toList();
        return Likeness.distant(rows, data, context).stream()
                .map(row -> new Candidate(row, 0))
                .toList();
    }

    /** A safe row with its score. */
    record Candidate(Example example, double score) {
        Example safe() {
            return new Example(example.conversation(), Example.Kind.SAFE, example.source(), example.line());
        }
    }

    private static InterleavingReport report(int candidates, int dropped, List<Candidate> chosen) {
        return new InterleavingReport(
                candidates,
                dropped,
                chosen.stream()
                        .map(c -> new InterleavingReport.Chosen(
                                c.example().source(), c.example().line(), c.score()))
                        .toList());
    }

    /** Spreads {@code count} safe rows evenly, going through them again and again, each time in a new order. */
    private static TrainingData interleaved(TrainingData data, Chosen chosen, long wanted, long seed) {
        var safe = chosen.rows();
        if (safe.isEmpty()) {
            return data;
        }
        int count = Math.toIntExact(Math.max(1, wanted * safe.size() / chosen.wanted()));
        var order = new ArrayList<Example>(count + safe.size());
        var random = new Random(seed);
        while (order.size() < count) {
            var shuffled = new ArrayList<>(safe);
            Collections.shuffle(shuffled, random);
            order.addAll(shuffled);
        }
        var mixed = new ArrayList<Example>(data.size() + count);
        int next = 0;
        for (int i = 0; i < data.size(); i++) {
            mixed.add(data.examples().get(i));
            for (long due = (i + 1L) * count / data.size(); next < due; next++) {
                mixed.add(order.get(next));
            }
        }
        return new TrainingData(mixed);
    }
}
