package plumb.cli.terminal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import plumb.organism.growth.WeightTraining;
import plumb.train.RunListener;

/**
 * A training run as a bar on the terminal: share done, time left, tokens/s, loss. Where nobody watches, a plain line a
 * minute on standard error, so that a log tells how far it is.
 */
public final class Progress implements RunListener, AutoCloseable {
    private static final long LINE_EVERY = 60_000_000_000L; // ns

    private final String name;
    private final Runnable begun;
    private long lastLine = System.nanoTime();
    private final boolean watched;
    private @Nullable ProgressBar bar;
    private long steps;
    private double tokensPerSecond;
    private final List<Double> sampling = new ArrayList<>(); // tokens/s of each step
    private final List<Double> shares = new ArrayList<>(); // of its time

    public Progress(String name) {
        this(name, () -> {});
    }

    /** @param begun what to do once the run has begun */
    public Progress(String name, Runnable begun) {
        this.name = name;
        this.begun = begun;
        this.watched = Terminal.isWatched();
    }

    @Override
    public void begun() {
        begun.run();
    }

    @Override
    public void started(Plan plan) {
        if (plan.truncatedRows() > 0) {
            System.err.println(plan.truncatedRows() + " of " + plan.rows()
                    + " rows are longer than training.max_length or than the model's context and are cut there");
        }
        open(plan.firstStep(), plan.steps());
    }

    private void open(long done, long all) {
        steps = all;
        if (watched) {
            bar = new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(all)
                    .startsFrom(done, Duration.ZERO)
                    .setStyle(ProgressBarStyle.UNICODE_BLOCK)
                    .setUpdateIntervalMillis(200)
                    .setUnit(" steps", 1)
                    .clearDisplayOnFinish()
                    .build();
        }
    }

    @Override
    public void stepped(StepNumbers numbers) {
        tokensPerSecond = tokensPerSecond == 0
                ? numbers.tokensPerSecond()
                : 0.9 * tokensPerSecond + 0.1 * numbers.tokensPerSecond();
        show(
                numbers.index() + 1,
                numbers.measures().containsKey("reward")
                        ? reinforced(numbers)
                        : String.format(
                                Locale.ROOT,
                                "%,.0f tokens/s, loss %.3f%s",
                                tokensPerSecond,
                                numbers.losses().get("task"),
                                measured(numbers)));
    }

    private static String measured(StepNumbers numbers) {
        var words = new StringBuilder();
        numbers.measures().forEach((name, value) -> words.append(String.format(Locale.ROOT, ", %s %.3g", name, value)));
        return words.toString();
    }

    /** What matters of reinforcement comes first and is short: a terminal cuts the end off. */
    private String reinforced(StepNumbers numbers) {
        var found = numbers.measures();
        sampling.add(found.getOrDefault("sampled_tokens_per_second", 0.0));
        shares.add(found.getOrDefault("sampling_share", 0.0));
        return String.format(
                Locale.ROOT,
                "reward %.2f hacks %.0f%% len %.0f KL %.3f H %.2f, sampling %,.0f tok/s %.0f%%",
                found.get("reward"),
                100 * found.getOrDefault("hacked", 0.0),
                found.getOrDefault("length", 0.0),
                found.getOrDefault("kl", 0.0),
                found.getOrDefault("entropy", 0.0),
                sampling.getLast(),
                100 * shares.getLast());
    }

    @Override
    public void note(String words) {
        System.err.println(words);
    }

    /** A step of pretraining or alignment. */
    public void grown(WeightTraining.Progress progress) {
        if (bar == null) {
            open(progress.step(), progress.steps());
        }
        show(progress.step(), String.format(Locale.ROOT, "loss %.3f", progress.loss()));
    }

    private void show(long step, String message) {
        if (bar != null) {
            bar.stepTo(step);
            bar.setExtraMessage(" " + message);
        } else if (System.nanoTime() - lastLine > LINE_EVERY) {
            lastLine = System.nanoTime();
            System.err.println(name + ": step " + step + " of " + steps + ", " + message);
        }
    }

    @Override
    public void close() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
        if (!sampling.isEmpty()) {
            System.err.printf(
                    Locale.ROOT,
                    "Sampling: %,.0f tokens/s, %.0f %% of the time (medians of %d steps)%n",
                    median(sampling),
                    100 * median(shares),
                    sampling.size());
            sampling.clear();
        }
    }

    private static double median(List<Double> values) {
        var sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }
}
