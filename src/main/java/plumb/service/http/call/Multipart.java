package plumb.service.http.call;

import io.javalin.http.Context;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jdbi.v3.core.JdbiException;
import org.jspecify.annotations.Nullable;
import plumb.service.store.Ids;
import plumb.service.store.Store;

/** A multipart body, written to the disk as it comes in; what nobody moved away is removed when the request has been answered. */
public record Multipart(Context call, Path folder) {
    private static final int LONGEST_FIELD = 4096;

    /** Exceptions that are not about the body. */
    private static final List<Class<? extends RuntimeException>> OTHERS =
            List.of(ApiError.class, UncheckedIOException.class, Store.Full.class, JdbiException.class);

    /** What is done with the parts. */
    public interface Use {
        void take(Multipart parts) throws ServletException, IOException;
    }

    /**
     * Reads a request's body.
     *
     * @param folder on the disk where the parts are wanted
     * @param most bytes of one part
     * @param file name of the part that matters, for messages
     */
    public static void receive(Context call, Path folder, long most, String file, Use use) {
        if (!String.valueOf(call.contentType()).startsWith("multipart/form-data")) {
            throw ApiError.invalid("Files are uploaded as multipart/form-data.", null);
        }
        // what is larger than the last number goes to the disk, and that is everything
        call.req()
                .setAttribute(
                        "org.eclipse.jetty.multipartConfig",
                        new MultipartConfigElement(folder.toString(), most, most + (1 << 20), 0));
        try {
            use.take(new Multipart(call, folder));
        } catch (ServletException | IOException | IllegalStateException e) {
            throw tooLarge(e)
                    ? tooLarge(call, most, file)
                    : unreadable(call, "The upload could not be read: " + e.getMessage(), file);
        } catch (RuntimeException e) {
            if (OTHERS.stream().anyMatch(type -> type.isInstance(e))) {
                throw e;
            }
            if (tooLarge(e)) {
                throw tooLarge(call, most, file);
            }
            throw unreadable(call, "The upload is no well-formed multipart body: " + e.getMessage(), file);
        } finally {
            clean(call);
        }
    }

    /** The connection is closed after a body that could not be read to its end; a client that is not told would use it again. */
    private static ApiError unreadable(Context call, String message, String file) {
        call.header("Connection", "close");
        return ApiError.invalid(message, file);
    }

    /** The parser says so in its messages alone. */
    private static boolean tooLarge(Throwable e) {
        return Stream.iterate(e, Objects::nonNull, Throwable::getCause)
                .anyMatch(cause -> String.valueOf(cause.getMessage()).matches("max (file size|length) exceeded.*"));
    }

    private static ApiError tooLarge(Context call, long most, String file) {
        call.header("Connection", "close");
        return ApiError.tooLarge(
                "'" + file + "' is larger than " + most + " bytes, which is the most that is taken.", file);
    }

    private static void clean(Context call) {
        try {
            for (var part : call.req().getParts()) {
                part.delete();
            }
        } catch (Exception _) {
            // what could not be parsed has no parts
        }
    }

    /** A part that must be there, and must hold something. */
    public Part file(String name) throws ServletException, IOException {
        var part = call.req().getPart(name);
        if (part == null) {
            throw ApiError.invalid("'" + name + "' is a required property", name, "missing_required_parameter");
        }
        if (part.getSize() == 0) {
            throw ApiError.invalid("The file is empty.", name);
        }
        return part;
    }

    /** Where a part lies until the request has been answered; who wants to keep it moves it away. */
    public Path written(Part part) throws IOException {
        var written = folder.resolve(Ids.next("part-"));
        part.write(written.toString());
        return written;
    }

    /** What the client calls a file. */
    public @Nullable String filename(Part part) {
        return printable(part.getSubmittedFileName(), "filename");
    }

    private static @Nullable String printable(@Nullable String text, String name) {
        if (text != null && text.indexOf('\0') >= 0) {
            throw ApiError.invalid("'" + name + "' must not contain the character NUL.", name, "invalid_value");
        }
        return text;
    }

    /** A short text; none when it is absent. */
    public @Nullable String field(String name) throws ServletException, IOException {
        var part = call.req().getPart(name);
        if (part == null) {
            return null;
        }
        try (var in = part.getInputStream()) {
            return printable(new String(in.readNBytes(LONGEST_FIELD), StandardCharsets.UTF_8), name);
        }
    }
}
