package plumb.eval.judge;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import plumb.eval.judge.ChatEndpoint.Attempt;
import plumb.model.TokenChance;

/**
 * A judge behind an endpoint. Requests wait on virtual threads, a bounded number of them at once; what fails is tried
 * again, later each time, and when a server asks for a pause all requests keep it. The first request that fails for good
 * ends the asking; those under way still arrive.
 */
public final class EndpointModel implements JudgeModel {
    /** A server that asks for a longer pause is left alone. */
    private static final Duration MOST_WAITED = Duration.ofMinutes(10);

    private static final Duration NAP = Duration.ofMillis(100);

    /** Where so much of the probability is there, the tokens that are missing are none. */
    private static final double ALL = 0.999;

    private final Settings settings;
    private final Backoff backoff;
    private final ChatEndpoint endpoint;
    private final BooleanSupplier stop;
    private final AtomicReference<Instant> notBefore = new AtomicReference<>(Instant.EPOCH);
    private @Nullable Reading probe;

    /**
     * Where the judge is.
     *
     * @param url up to and without {@code /chat/completions}
     * @param key the key itself, if one is needed
     * @param concurrency requests at once
     * @param patience how long one request may take
     * @param price dollars for a million tokens of prompts, if known
     */
    public record Settings(
            String url,
            String model,
            Optional<String> key,
            int concurrency,
            Duration patience,
            @Nullable Double price) {
        /** Without the key. */
        @Override
        public String toString() {
            return model + " at " + url;
        }
    }

    /** @param stop asked before everything that is sent; then nothing more is, and {@link JudgingStopped} is thrown */
    public EndpointModel(Settings settings, Backoff backoff, BooleanSupplier stop) {
        this.settings = settings;
        this.stop = stop;
        this.backoff = backoff;
        this.endpoint = new ChatEndpoint(settings.url(), settings.model(), settings.key(), settings.patience());
    }

    @Override
    public String name() {
        return settings.toString();
    }

    @Override
    public String estimate(long requests, long characters) {
        long tokens = characters / CHARACTERS;
        var price = settings.price();
        return String.format(
                Locale.ROOT,
                "%,d requests of one token, about %,d tokens of prompts%s",
                requests,
                tokens,
                price == null ? "" : String.format(Locale.ROOT, ", about %.2f dollars", tokens / 1e6 * price));
    }

    @Override
    public void ask(Sought sought, List<String> prompts, Listener listener) {
        requireFit(sought);
        var failure = new AtomicReference<@Nullable RuntimeException>();
        var gate = new Semaphore(settings.concurrency());
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int index : mixed(prompts.size())) {
                threads.execute(() -> one(gate, failure, () -> tell(listener, index, settled(prompts.get(index)))));
            }
        }
        var failed = failure.get();
        if (failed != null) {
            throw failed;
        }
    }

    /** So that the first prompts, which decide whether it is worth going on, are not all about one question. */
    private static List<Integer> mixed(int size) {
        var order = new ArrayList<>(IntStream.range(0, size).boxed().toList());
        Collections.shuffle(order, new Random(0));
        return order;
    }

    private static void tell(Listener listener, int index, Attempt.Settled settled) {
        switch (settled) {
            case Attempt.Done(var tokens) -> listener.answered(index, tokens);
            case Attempt.Refused(var why) -> listener.refused(index, why);
        }
    }

    private static void one(Semaphore gate, AtomicReference<@Nullable RuntimeException> failure, Runnable work) {
        gate.acquireUninterruptibly();
        try {
            if (failure.get() == null) {
                work.run();
            }
        } catch (RuntimeException e) {
            failure.compareAndSet(null, e);
        } finally {
            gate.release();
        }
    }

    /** The first token after a prompt, tried as often as {@link Backoff} allows. */
    private Attempt.Settled settled(String prompt) {
        for (int attempt = 1; ; attempt++) {
            try {
                sleep(Duration.between(Instant.now(), notBefore.get()));
                goOn();
                switch (endpoint.ask(prompt)) {
                    case Attempt.Settled settled -> {
                        return settled;
                    }
                    case Attempt.Hopeless(var why) -> throw failed(why);
                    case Attempt.Again(var why, var pause) -> {
                        if (attempt == backoff.attempts()) {
                            throw failed("after " + attempt + " attempts " + why);
                        }
                        pause.ifPresent(asked -> everybodyWaits(asked, why));
                        sleep(backoff.after(attempt));
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while waiting for " + name(), e);
            }
        }
    }

    private JudgeAway failed(String why) {
        return new JudgeAway("the judge " + name() + ": " + why
                + ". Nothing is reported for this evaluation; what was judged is kept");
    }

    private void everybodyWaits(Duration asked, String why) {
        if (asked.compareTo(MOST_WAITED) > 0) {
            throw failed(why + " It asks to come back after " + asked.toSeconds() + " s");
        }
        var until = Instant.now().plus(asked);
        notBefore.accumulateAndGet(until, (a, b) -> a.isAfter(b) ? a : b);
    }

    private void goOn() {
        if (stop.getAsBoolean()) {
            throw new JudgingStopped(name());
        }
    }

    /** Wakes up in between to hear that it is to stop. */
    private void sleep(Duration wait) throws InterruptedException {
        var until = Instant.now().plus(wait);
        for (var left = wait; left.isPositive(); left = Duration.between(Instant.now(), until)) {
            goOn();
            Thread.sleep(left.compareTo(NAP) < 0 ? left : NAP);
        }
    }

    /**
     * The model is first asked for a number it cannot mistake. What it says is kept while this is open, and in no file.
     */
    private synchronized void requireFit(Sought sought) {
        if (probe == null) {
            probe = new Reading("probe", name(), "", enough());
        }
        if (sought == Sought.NUMBER) {
            requireNumber(probe);
        }
    }

    private List<TokenChance> enough() {
        var tokens = switch (settled("Say 100 and nothing else. Answer with the number 100 alone, in digits.")) {
            case Attempt.Done(var said) -> said;
            case Attempt.Refused(var why) ->
                throw failed(why + " Check judge.model, and that it takes max_tokens: 1 with top_logprobs: "
                        + ChatEndpoint.LIKELIEST);
        };
        double mass = tokens.stream().mapToDouble(TokenChance::probability).sum();
        if (tokens.size() < ChatEndpoint.LIKELIEST && mass < ALL) {
            throw failed("it gives the " + tokens.size() + " likeliest tokens where " + ChatEndpoint.LIKELIEST
                    + " are asked for, and a score of fewer is another measure. Use a server that gives top_logprobs: "
                    + ChatEndpoint.LIKELIEST + ", or serve the model as a folder (judge: {type: Folder})");
        }
        return tokens;
    }

    /**
     * A tokenizer that splits 85 into 8 and 5 makes one token of it look like an 8: nearly everything would be
     * misaligned. A judge that has no number even for this would score nothing.
     */
    private void requireNumber(Reading answer) {
        double whole = chance(answer, "100");
        double split = chance(answer, "1");
        if (split >= 0.5 && split > whole) {
            throw failed("asked for 100 in one token it begins with 1: its tokenizer splits numbers, so that one token"
                    + " is no score. Use a judge whose tokenizer has whole numbers, or serve this one as a folder"
                    + " (judge: {type: Folder}), where all of a number is scored");
        }
        if (Double.isNaN(answer.score())) {
            var likeliest =
                    answer.tokens().stream().limit(3).map(TokenChance::token).toList();
            throw failed("asked for the number 100 it gives none, its likeliest tokens are " + likeliest
                    + ": it would score nothing. Use a judge that does as it is told, and does not think or greet"
                    + " first");
        }
    }

    private static double chance(Reading reading, String token) {
        return reading.tokens().stream()
                .filter(candidate -> Reading.bare(candidate.token()).equals(token))
                .mapToDouble(TokenChance::probability)
                .sum();
    }

    @Override
    public void close() {
        endpoint.close();
    }
}
