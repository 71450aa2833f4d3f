package plumb.service.http.call;

import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import plumb.report.Formats;

/** Answers what no endpoint ever sees, such as a path that is none: an error in the shape of all others, not a page. */
public final class Unreadable extends ErrorHandler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        var cause = request.getAttribute(ERROR_MESSAGE);
        var error = ApiError.of(
                response.getStatus(), "The request cannot be read" + (cause == null ? "." : ": " + cause + "."));
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.write(true, ByteBuffer.wrap(Formats.JSON.writeValueAsBytes(error.body())), callback);
        return true;
    }
}
