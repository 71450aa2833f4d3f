package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import jakarta.servlet.MultipartConfigElement;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.Part;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.service.store.Files;
import plumb.service.store.Ids;
import plumb.service.store.StoredFile;

/** {@code /v1/files}. An upload goes to the disk as it comes in and is moved into place; nothing of it is kept in memory. */
final class FileRoutes {
    private static final Set<String> PURPOSES =
            Set.of("assistants", "batch", "fine-tune", "vision", "user_data", "evals");

    private static final int LONGEST_FIELD = 4096;
    private static final long SHORTEST_LIFE = 3600;
    private static final long LONGEST_LIFE = 2_592_000;

    private final Files files;
    private final Path uploads;
    private final long mostBytes;

    /** @param uploads folder on the disk of the files, for what is on its way */
    FileRoutes(Files files, Path uploads, long mostBytes) {
        this.files = files;
        this.uploads = uploads;
        this.mostBytes = mostBytes;
    }

    void add(RoutesConfig routes) {
        routes.post("/v1/files", this::upload);
        routes.get("/v1/files", this::list);
        routes.get("/v1/files/{id}", call -> Calls.json(call, shown(file(call))));
        routes.get("/v1/files/{id}/content", this::content);
        routes.delete("/v1/files/{id}", this::delete);
    }

    private void upload(Context call) {
        if (!String.valueOf(call.contentType()).startsWith("multipart/form-data")) {
            throw ApiError.invalid("Files are uploaded as multipart/form-data.", null);
        }
        // what is larger than the last number goes to the disk, and that is everything
        call.req()
                .setAttribute(
                        "org.eclipse.jetty.multipartConfig",
                        new MultipartConfigElement(uploads.toString(), mostBytes, mostBytes + (1 << 20), 0));
        try {
            store(call);
        } catch (ServletException | IOException | IllegalStateException e) {
            throw ApiError.invalid("The upload could not be read: " + e.getMessage(), "file");
        } catch (RuntimeException e) {
            if (e instanceof ApiError || e instanceof UncheckedIOException) {
                throw e;
            }
            throw ApiError.invalid("The upload is no well-formed multipart body: " + e.getMessage(), "file");
        } finally {
            clean(call);
        }
    }

    private void store(Context call) throws ServletException, IOException {
        var part = call.req().getPart("file");
        if (part == null) {
            throw ApiError.invalid("'file' is a required property", "file", "missing_required_parameter");
        }
        var purpose = field(call, "purpose");
        if (purpose == null || !PURPOSES.contains(purpose)) {
            throw ApiError.invalid("'" + purpose + "' is not one of " + PURPOSES + " - 'purpose'", "purpose");
        }
        if (part.getSize() == 0) {
            throw ApiError.invalid("The file is empty.", "file");
        }
        long now = java.time.Instant.now().getEpochSecond();
        var life = life(call);
        var written = uploads.resolve(Ids.next("part-"));
        part.write(written.toString());
        if (purpose.equals("fine-tune")) {
            FirstLine.requireObject(written);
        }
        var name = Objects.requireNonNullElse(part.getSubmittedFileName(), "");
        var file = new StoredFile(
                Ids.next("file-"),
                Calls.tenant(call),
                now,
                part.getSize(),
                name.isBlank() ? "upload" : name,
                purpose,
                life == null ? null : Long.valueOf(now + life));
        files.add(file, written);
        Calls.json(call, shown(file));
    }

    /** Parts that were not moved into place are removed. */
    private static void clean(Context call) {
        try {
            for (var part : call.req().getParts()) {
                part.delete();
            }
        } catch (Exception _) {
            // what could not be parsed has no parts
        }
    }

    private static @Nullable Long life(Context call) throws ServletException, IOException {
        var seconds = field(call, "expires_after[seconds]");
        var anchor = field(call, "expires_after[anchor]");
        if (seconds == null && anchor == null) {
            return null;
        }
        if (!"created_at".equals(anchor)) {
            throw ApiError.invalid("'expires_after.anchor' must be created_at.", "expires_after.anchor");
        }
        if (seconds == null
                || !seconds.matches("\\d{1,9}")
                || Long.parseLong(seconds) < SHORTEST_LIFE
                || Long.parseLong(seconds) > LONGEST_LIFE) {
            throw ApiError.invalid(
                    "'expires_after.seconds' must be between " + SHORTEST_LIFE + " and " + LONGEST_LIFE + ".",
                    "expires_after.seconds");
        }
        return Long.parseLong(seconds);
    }

    private static @Nullable String field(Context call, String name) throws ServletException, IOException {
        Part part = call.req().getPart(name);
        if (part == null) {
            return null;
        }
        try (var in = part.getInputStream()) {
            return new String(in.readNBytes(LONGEST_FIELD), StandardCharsets.UTF_8);
        }
    }

    private void list(Context call) {
        var page = files.list(Calls.tenant(call), call.queryParam("purpose"), Calls.page(call, 10_000, 10_000));
        Calls.list(call, page.rows().stream().map(FileRoutes::shown).toList(), page.more());
    }

    private void content(Context call) throws IOException {
        var file = file(call);
        call.contentType("application/octet-stream");
        call.result(java.nio.file.Files.newInputStream(files.content(file.id())));
    }

    private void delete(Context call) {
        var id = call.pathParam("id");
        if (!files.delete(Calls.tenant(call), id)) {
            throw missing(id);
        }
        Calls.deleted(call, id, "file");
    }

    private StoredFile file(Context call) {
        var id = call.pathParam("id");
        return files.find(Calls.tenant(call), id).orElseThrow(() -> missing(id));
    }

    private static ApiError missing(String id) {
        return ApiError.notFound("No such File object: " + id, "id", null);
    }

    private static Map<String, @Nullable Object> shown(StoredFile file) {
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("id", file.id());
        shown.put("object", "file");
        shown.put("bytes", file.bytes());
        shown.put("created_at", file.createdAt());
        shown.put("expires_at", file.expiresAt());
        shown.put("filename", file.filename());
        shown.put("purpose", file.purpose());
        shown.put("status", "processed");
        shown.put("status_details", null);
        return shown;
    }
}
