package plumb.torch;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Threads that take parts of a piece of work beside the thread that has it. Whoever is free takes the next part, so that one
 * whose core is taken away holds up no more than the part it has. They wait awake for a moment after each piece, since the
 * next product of a pass comes within microseconds, and then sleep.
 */
public final class Crew implements AutoCloseable {
    /** Looks for work before a thread sleeps: about a tenth of a millisecond. */
    private static final int LOOKS = 2_000;
    /** Nanoseconds between looks after that. */
    private static final long NAP = 20_000;

    private final List<Thread> others;
    private volatile @Nullable Piece current;
    private volatile boolean closed;

    /** What is to be done, part by part. */
    public interface Work {
        /**
         * One part, on one of the threads.
         *
         * @param member which thread: 0 is the one that has the work
         */
        void take(int member, int part);
    }

    private Crew(int size) {
        this.others = IntStream.range(1, size)
                .mapToObj(member ->
                        Thread.ofPlatform().daemon().name("crew-" + member).unstarted(() -> wait(member)))
                .toList();
        others.forEach(Thread::start);
    }

    /**
     * Several threads, of which {@link #close} gets rid.
     *
     * @param size the one that has the work included
     */
    public static Crew of(int size) {
        return new Crew(size);
    }

    /** The thread that has the work, alone: there is nobody to send home. */
    public static Crew alone() {
        return new Crew(1);
    }

    public int size() {
        return others.size() + 1;
    }

    /** Does all parts, each once, and returns when they are done; what one of them throws is thrown here. */
    public void each(int parts, Work work) {
        if (others.isEmpty() || parts == 1) {
            for (int part = 0; part < parts; part++) {
                work.take(0, part);
            }
            return;
        }
        var piece = new Piece(work, parts);
        current = piece;
        others.forEach(LockSupport::unpark);
        piece.help(0);
        piece.await();
    }

    private void wait(int member) {
        Piece last = null;
        int looked = 0;
        while (!closed) {
            var piece = current;
            if (piece != null && piece != last) {
                piece.help(member);
                last = piece;
                looked = 0;
            } else if (++looked < LOOKS) {
                Thread.onSpinWait();
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Sends the threads home. */
    @Override
    public void close() {
        closed = true;
        others.forEach(LockSupport::unpark);
    }

    private static final class Piece {
        private final Work work;
        private final int parts;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger done = new AtomicInteger();
        private volatile @Nullable Throwable failure;

        private Piece(Work work, int parts) {
            this.work = work;
            this.parts = parts;
        }

        private void help(int member) {
            int part = taken.getAndIncrement();
            while (part < parts) {
                try {
                    work.take(member, part);
                } catch (RuntimeException | Error e) {
                    failure = e;
                } finally {
                    done.getAndIncrement();
                }
                part = taken.getAndIncrement();
            }
        }

        private void await() {
            for (int looked = 0; done.get() < parts; looked++) {
                if (looked < LOOKS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(NAP); // its core may be what the other one waits for
                }
            }
            switch (failure) {
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case null, default -> {}
            }
        }
    }
}
