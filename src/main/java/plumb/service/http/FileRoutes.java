package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.data.ChatJsonl;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Calls;
import plumb.service.http.call.Multipart;
import plumb.service.policy.Policy;
import plumb.service.store.Files;
import plumb.service.store.Ids;
import plumb.service.store.StoredFile;

/** {@code /v1/files}. An upload goes to the disk as it comes in and is moved into place; nothing of it is kept in memory. */
final class FileRoutes {
    private static final Set<String> PURPOSES =
            Set.of("assistants", "batch", "fine-tune", "vision", "user_data", "evals");

    /** Bytes that a request with a file may have beside it. */
    private static final long ROUND_A_FILE = 1 << 16;

    private static final long SHORTEST_LIFE = 3600;
    private static final long LONGEST_LIFE = 2_592_000;

    private final Files files;
    private final Path uploads;
    private final Policy policy;

    /** @param uploads folder on the disk of the files, for what is on its way */
    FileRoutes(Files files, Path uploads, Policy policy) {
        this.files = files;
        this.uploads = uploads;
        this.policy = policy;
    }

    void add(RoutesConfig routes) {
        routes.post("/v1/files", this::upload);
        routes.get("/v1/files", this::list);
        routes.get("/v1/files/{id}", call -> Calls.json(call, shown(file(call))));
        routes.get("/v1/files/{id}/content", this::content);
        routes.get("/v1/files/{id}/problems", this::problems);
        routes.delete("/v1/files/{id}", this::delete);
    }

    private void upload(Context call) {
        var tenant = Calls.tenant(call);
        files.requireRoom(
                tenant,
                call.contentLength() - ROUND_A_FILE,
                policy.quota(tenant).storedBytes());
        Multipart.receive(call, uploads, policy.limits().fileBytes(), "file", form -> store(call, form));
    }

    private void store(Context call, Multipart form) throws ServletException, IOException {
        var part = form.file("file");
        var purpose = purpose(form.field("purpose"));
        long now = java.time.Instant.now().getEpochSecond();
        var life = life(form.field("expires_after[anchor]"), form.field("expires_after[seconds]"));
        var written = form.written(part);
        if (purpose.equals("fine-tune")) {
            FirstLine.requireObject(written);
        }
        var name = Objects.requireNonNullElse(form.filename(part), "");
        var file = new StoredFile(
                Ids.next("file-"),
                Calls.tenant(call),
                now,
                part.getSize(),
                name.isBlank() ? "upload" : name,
                purpose,
                life == null ? null : Long.valueOf(now + life));
        files.add(file, written, policy.quota(file.tenant()).storedBytes());
        Calls.json(call, shown(file));
    }

    /** What a file may be for. */
    static String purpose(@Nullable String purpose) {
        if (purpose == null || !PURPOSES.contains(purpose)) {
            throw ApiError.invalid("'" + purpose + "' is not one of " + PURPOSES + " - 'purpose'", "purpose");
        }
        return purpose;
    }

    /** For how many seconds a file is kept; none: until it is deleted. */
    static @Nullable Long life(@Nullable String anchor, @Nullable String seconds) {
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

    private void list(Context call) {
        var page =
                files.list(Calls.tenant(call), call.queryParam("purpose"), Calls.page(call, "file-", 10_000, 10_000));
        Calls.list(call, page.rows().stream().map(FileRoutes::shown).toList(), page.more());
    }

    private void content(Context call) throws IOException {
        var file = file(call);
        call.contentType("application/octet-stream");
        call.result(java.nio.file.Files.newInputStream(files.content(file.id())));
    }

    /** Ours: what a job would refuse the file for, before there is one; a problem of the whole file has no line. */
    private void problems(Context call) {
        var path = files.content(file(call).id());
        int most = Calls.limit(call, 100, 1000);
        try {
            var found = ChatJsonl.inspect(path, most);
            answer(
                    call,
                    found.rows(),
                    found.problemCount(),
                    found.problems().stream()
                            .map(problem -> problem(problem.line(), problem.what()))
                            .toList());
        } catch (BadInput e) {
            var what = String.valueOf(e.getMessage()).replace(path.toString(), "the file");
            answer(call, 0, 1, List.of(problem(null, what)));
        }
    }

    private static void answer(Context call, int rows, int count, List<Map<String, @Nullable Object>> problems) {
        Calls.json(call, Map.of("object", "list", "rows", rows, "problems", count, "data", problems));
    }

    private static Map<String, @Nullable Object> problem(@Nullable Integer line, String what) {
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("line", line);
        shown.put("message", what);
        return shown;
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

    static Map<String, @Nullable Object> shown(StoredFile file) {
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
