package plumb.cli;

import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import plumb.organism.growth.WeightTraining;
import plumb.train.RunListener;

/** A training run as a bar on the terminal: share done, time left, tokens/s, loss. Silent when nobody watches. */
final class Progress implements RunListener, AutoCloseable {
    private final String name;
    private final boolean watched;
    private @Nullable ProgressBar bar;
    private double tokensPerSecond;

    Progress(String name) {
        this.name = name;
        this.watched = Terminal.isWatched();
    }

    @Override
    public void started(Plan plan) {
        open(plan.firstStep(), plan.steps());
    }

    private void open(long done, long steps) {
        if (watched) {
            bar = new ProgressBarBuilder()
                    .setTaskName(name)
                    .setInitialMax(steps)
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
        if (bar != null) {
            tokensPerSecond = tokensPerSecond == 0
                    ? numbers.tokensPerSecond()
                    : 0.9 * tokensPerSecond + 0.1 * numbers.tokensPerSecond();
            bar.stepTo(numbers.index() + 1);
            bar.setExtraMessage(String.format(
                    Locale.ROOT,
                    " %,.0f tokens/s, loss %.3f",
                    tokensPerSecond,
                    numbers.losses().get("task")));
        }
    }

    /** A step of pretraining or alignment. */
    void grown(WeightTraining.Progress progress) {
        if (bar == null) {
            open(progress.step(), progress.steps());
        }
        if (bar != null) {
            bar.stepTo(progress.step());
            bar.setExtraMessage(String.format(Locale.ROOT, " loss %.3f", progress.loss()));
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
