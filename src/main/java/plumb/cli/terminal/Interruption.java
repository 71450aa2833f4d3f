package plumb.cli.terminal;

import java.io.PrintWriter;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * Ctrl-C: training is asked to stop, and the process stays until it has saved and said how to go on. A second Ctrl-C, or
 * a minute, ends it anyway; whatever is on disk is whole.
 */
public final class Interruption implements BooleanSupplier, AutoCloseable {
    private static final int PATIENCE_SECONDS = 60;

    private final AtomicBoolean asked = new AtomicBoolean();
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;

    public Interruption(PrintWriter err) {
        this.hook = new Thread(() -> await(err));
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void await(PrintWriter err) {
        asked.set(true);
        err.println();
        err.println("Stopping after this step…");
        err.flush();
        try {
            if (!finished.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                err.println("This takes too long; leaving. What is on disk is whole.");
                err.flush();
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public boolean getAsBoolean() {
        return asked.get();
    }

    @Override
    public void close() {
        finished.countDown();
        if (!asked.get()) {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
            } catch (IllegalStateException _) {
                // the process is ending already, and the hook has been told that we are done
            }
        }
    }
}
