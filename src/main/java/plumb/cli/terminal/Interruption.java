package plumb.cli.terminal;

import java.io.PrintWriter;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
    private static final int INTERRUPT = 2;
    private static final int TERMINATE = 15;

    private final AtomicBoolean asked = new AtomicBoolean();
    private final CountDownLatch finished = new CountDownLatch(1);
    private final Thread hook;

    public Interruption(PrintWriter err) {
        this.hook = new Thread(() -> await(err));
        Runtime.getRuntime().addShutdownHook(hook);
    }

    private void await(PrintWriter err) {
        asked.set(true);
        for (int signal : new int[] {INTERRUPT, TERMINATE}) {
            endAtOnceBy(signal);
        }
        err.println();
        err.println("Stopping after this step, and what a judge was sent already… Once more ends it at once.");
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

    /** A JVM that is shutting down passes over a second signal; with C's default it ends the process. */
    @SuppressWarnings("restricted") // the signature is that of the C standard
    private static void endAtOnceBy(int signal) {
        Linker.nativeLinker().defaultLookup().find("signal").ifPresent(address -> {
            try {
                var _ = (MemorySegment) Linker.nativeLinker()
                        .downcallHandle(
                                address,
                                FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_INT, ValueLayout.ADDRESS))
                        .invokeExact(signal, MemorySegment.NULL);
            } catch (Throwable e) {
                throw new IllegalStateException("signal could not be called", e);
            }
        });
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
