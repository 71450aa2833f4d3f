package plumb.service.http;

import io.javalin.http.Context;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.ee10.servlet.ServletContextRequest;
import org.eclipse.jetty.server.Request;
import plumb.service.http.call.ApiError;

/**
 * How a server ends: what is going on is finished, what is new is sent elsewhere, and a balancer is told. A request is over
 * when its answer has left, which is after the routes have done with it.
 */
final class Drain {
    private static final Set<String> STILL_ANSWERED = Set.of("/health", "/metrics");

    private final Phaser open = new Phaser(1);
    private volatile boolean begun;

    boolean hasBegun() {
        return begun;
    }

    /** A request comes. */
    void enter(Context call) {
        if (begun && !STILL_ANSWERED.contains(call.path())) {
            call.header("connection", "close");
            throw ApiError.elsewhere("This server is being stopped. Please try again.");
        }
        open.register();
        var request = ServletContextRequest.getServletContextRequest(call.req());
        Request.addCompletionListener(request, _ -> open.arriveAndDeregister()); // the answer's last byte has been sent
    }

    /** From now on nothing new is taken. */
    void begin() {
        begun = true;
    }

    /** Waits until everything that was going on has been answered, or this time is over. */
    void await(Duration most) throws InterruptedException {
        try {
            open.awaitAdvanceInterruptibly(open.arrive(), most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException _) {
            // whoever still waits is cut off
        }
    }
}
