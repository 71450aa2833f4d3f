package plumb.service.http.call;

import io.javalin.http.Context;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import plumb.report.Formats;

/** Server-sent events, as chat clients read them. It begins with the first event, so that what fails before is an error. */
public final class EventStream {
    private final Context call;
    private @Nullable OutputStream out;

    public EventStream(Context call) {
        this.call = call;
    }

    public boolean hasBegun() {
        return out != null;
    }

    public void send(Object event) {
        write(Formats.JSON.writeValueAsString(event));
    }

    /** A sign of life that clients skip; who has gone is noticed by it. */
    public void rest() {
        put(": \n\n");
    }

    public void end() {
        write("[DONE]");
    }

    private void write(String data) {
        put("data: " + data + "\n\n");
    }

    private void put(String text) {
        try {
            var to = out;
            if (to == null) {
                call.contentType("text/event-stream; charset=utf-8").header("Cache-Control", "no-cache");
                to = call.res().getOutputStream();
                out = to;
            }
            to.write(text.getBytes(StandardCharsets.UTF_8));
            to.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e); // whoever listened has gone
        }
    }
}
