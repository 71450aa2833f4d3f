package plumb.cli.terminal;

import java.time.Duration;
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
                String.format(
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
    }
}
