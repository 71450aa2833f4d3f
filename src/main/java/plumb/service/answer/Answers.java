package plumb.service.answer;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import plumb.wire.Reply;

/** The replies to one request, in order; closing it tells the worker that nobody waits any more. */
public final class Answers implements AutoCloseable {
    private static final long PATIENCE_SECONDS = 600;

    private final LinkedBlockingQueue<Reply> replies = new LinkedBlockingQueue<>();
    private final long id;
    private final Runnable whenClosed;
    private int tokens;

    Answers(long id, Runnable whenClosed) {
        this.id = id;
        this.whenClosed = whenClosed;
    }

    void add(Reply reply) {
        replies.add(reply);
    }

    /** The next reply, when it comes. */
    public Reply next() throws InterruptedException {
        var reply = replies.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (reply instanceof Reply.Done(var _, int read, int written)) {
            tokens = read + written;
        }
        return reply != null ? reply : new Reply.Broken(id, "the model took too long");
    }

    /** Read and written for this request, once all of it has come; 0 before. */
    public int tokens() {
        return tokens;
    }

    @Override
    public void close() {
        whenClosed.run();
    }
}
