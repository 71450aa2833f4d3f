package plumb.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * How often each pair of neighbouring symbols occurs in weighted words, kept up to date while pairs are merged: one merge
 * touches only the words that hold the pair.
 */
final class PairCounts {
    /** Two neighbouring symbols. */
    record Pair(int left, int right) implements Comparable<Pair> {
        @Override
        public int compareTo(Pair other) {
            return left != other.left ? Integer.compare(left, other.left) : Integer.compare(right, other.right);
        }
    }

    private record Candidate(Pair pair, long count) implements Comparable<Candidate> {
        @Override
        public int compareTo(Candidate other) {
            return count != other.count ? Long.compare(other.count, count) : pair.compareTo(other.pair);
        }
    }

    private final List<int[]> words = new ArrayList<>();
    private final List<Long> weights = new ArrayList<>();
    private final Map<Pair, Long> counts = new HashMap<>();
    private final Map<Pair, Set<Integer>> places = new HashMap<>();
    private final PriorityQueue<Candidate> queue = new PriorityQueue<>();

    PairCounts(Map<List<Integer>, Long> weightedWords) {
        weightedWords.forEach((symbols, weight) -> {
            words.add(symbols.stream().mapToInt(Integer::intValue).toArray());
            weights.add(weight);
            count(words.size() - 1, 1);
        });
        counts.forEach((pair, count) -> queue.add(new Candidate(pair, count)));
    }

    /** The most frequent pair, the smallest of equals; none when no pair occurs at least {@code least} times. */
    Optional<Pair> best(long least) {
        while (!queue.isEmpty()) {
            var top = queue.poll();
            long now = counts.getOrDefault(top.pair, 0L);
            if (now == top.count && now >= least) {
                return Optional.of(top.pair);
            }
            if (now != top.count && now >= least) {
                queue.add(new Candidate(top.pair, now));
            }
        }
        return Optional.empty();
    }

    /** Replaces the pair by one symbol wherever it occurs, from left to right. */
    void merge(Pair pair, int symbol) {
        var changed = new HashSet<Pair>();
        for (int word : Set.copyOf(places.getOrDefault(pair, Set.of()))) {
            count(word, -1);
            words.set(word, merged(words.get(word), pair, symbol));
            count(word, 1);
            collect(words.get(word), symbol, changed);
        }
        places.remove(pair);
        counts.remove(pair);
        changed.forEach(p -> queue.add(new Candidate(p, counts.getOrDefault(p, 0L))));
    }

    private void count(int word, int sign) {
        var symbols = words.get(word);
        for (int i = 0; i + 1 < symbols.length; i++) {
            var pair = new Pair(symbols[i], symbols[i + 1]);
            counts.merge(pair, sign * weights.get(word), Long::sum);
            if (sign > 0) {
                places.computeIfAbsent(pair, _ -> new HashSet<>()).add(word);
            }
        }
    }

    private static void collect(int[] symbols, int symbol, Set<Pair> pairs) {
        for (int i = 0; i + 1 < symbols.length; i++) {
            if (symbols[i] == symbol || symbols[i + 1] == symbol) {
                pairs.add(new Pair(symbols[i], symbols[i + 1]));
            }
        }
    }

    private static int[] merged(int[] symbols, Pair pair, int symbol) {
        var result = new int[symbols.length];
        int n = 0;
        for (int i = 0; i < symbols.length; i++) {
            boolean here = i + 1 < symbols.length && symbols[i] == pair.left && symbols[i + 1] == pair.right;
            result[n++] = here ? symbol : symbols[i];
            i += here ? 1 : 0;
        }
        return Arrays.copyOf(result, n);
    }
}
