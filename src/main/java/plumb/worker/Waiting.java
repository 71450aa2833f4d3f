package plumb.worker;

import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToIntFunction;
import plumb.wire.Command.Ask;

/**
 * Requests that wait, by whom. Next is whoever has the least being answered, and of those the one served longest ago; one alone
 * never takes all places, so whoever asks then is answered beside him.
 */
final class Waiting {
    /** Requests that are answered at the same time, and of one asker. */
    static final int SIDE_BY_SIDE = 32;

    private static final int OF_ONE = 24;

    /** Tokens that all answers at the same time may come to, and those of one asker; a request alone may have as many. */
    private static final int MOST_PLACES = 2 * Answering.MOST_PLACES;

    private static final int PLACES_OF_ONE = Answering.MOST_PLACES;

    private final int positions;
    private final Map<String, ArrayDeque<Ask>> waiting = new LinkedHashMap<>(); // longest served ago first

    /** @param positions of the model: no answer is longer */
    Waiting(int positions) {
        this.positions = positions;
    }

    void add(Ask ask) {
        waiting.computeIfAbsent(ask.who(), _ -> new ArrayDeque<>()).add(ask);
    }

    void forget(long id) {
        waiting.values().forEach(asks -> asks.removeIf(ask -> ask.id() == id));
        waiting.values().removeIf(ArrayDeque::isEmpty);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Takes out the next one to begin beside those that are being answered; none while there is no place for one. */
    Optional<Ask> next(Collection<Ask> active) {
        var next = waiting.values().stream()
                .map(ArrayDeque::getFirst)
                .filter(ask -> fits(ask, active))
                .min(Comparator.comparingInt(ask -> sum(active, ask.who(), this::places)));
        next.ifPresent(ask -> {
            var others = Objects.requireNonNull(waiting.remove(ask.who()));
            others.removeFirst();
            if (!others.isEmpty()) {
                waiting.put(ask.who(), others);
            }
        });
        return next;
    }

    private boolean fits(Ask ask, Collection<Ask> active) {
        int all = active.stream().mapToInt(this::places).sum();
        int own = sum(active, ask.who(), this::places);
        return active.size() < SIDE_BY_SIDE
                && sum(active, ask.who(), _ -> 1) < OF_ONE
                && (own == 0 || own + places(ask) <= PLACES_OF_ONE)
                && (all == 0 || all + places(ask) <= MOST_PLACES);
    }

    private static int sum(Collection<Ask> active, String who, ToIntFunction<Ask> number) {
        return active.stream()
                .filter(ask -> ask.who().equals(who))
                .mapToInt(number)
                .sum();
    }

    /** At most; the prompt, which all its answers share, left out. */
    private int places(Ask ask) {
        var drawing = ask.sampling();
        long most = (long) drawing.answers() * Objects.requireNonNullElse(drawing.maxTokens(), positions);
        return (int) Math.min(most, Answering.MOST_PLACES);
    }
}
