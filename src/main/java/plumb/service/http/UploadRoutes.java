package plumb.service.http;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.service.http.call.ApiError;
import plumb.service.http.call.Body;
import plumb.service.http.call.Calls;
import plumb.service.http.call.Multipart;
import plumb.service.policy.Policy;
import plumb.service.store.Files;
import plumb.service.store.Ids;
import plumb.service.store.StoredFile;
import plumb.service.store.Uploads;
import plumb.service.store.Uploads.Upload;

/** {@code /v1/uploads}: a large file in parts, which are put together on the disk, in the order asked for, when all are there. */
final class UploadRoutes {
    private static final Set<String> KNOWN = Set.of("bytes", "filename", "mime_type", "purpose", "expires_after");
    private static final long PART_BYTES = 64L << 20;
    private static final long LIFE_SECONDS = 3600;
    private static final int MOST_PARTS = 10_000;

    private final Uploads uploads;
    private final Files files;
    private final Path folder;
    private final Policy policy;
    private final Clock clock;

    /** @param folder on the disk of the files, for parts */
    UploadRoutes(Uploads uploads, Files files, Path folder, Policy policy, Clock clock) {
        this.uploads = uploads;
        this.files = files;
        this.folder = folder;
        this.policy = policy;
        this.clock = clock;
    }

    void add(RoutesConfig routes) {
        routes.post("/v1/uploads", this::create);
        routes.post("/v1/uploads/{id}/parts", this::part);
        routes.post("/v1/uploads/{id}/complete", this::complete);
        routes.post("/v1/uploads/{id}/cancel", this::cancel);
    }

    private void create(Context call) {
        var body = Body.read(call.bodyInputStream());
        body.only(KNOWN);
        body.text("mime_type");
        long bytes = body.whole("bytes", 1, policy.limits().fileBytes());
        uploads.overdue(now()).forEach(old -> end(old, "expired"));
        var life = body.object("expires_after");
        var upload = new Upload(
                Ids.next("upload_"),
                Calls.tenant(call),
                now(),
                now() + LIFE_SECONDS,
                bytes,
                body.text("filename"),
                FileRoutes.purpose(body.text("purpose")),
                life == null ? null : FileRoutes.life(life.text("anchor"), String.valueOf(life.any("seconds"))),
                Uploads.PENDING,
                null);
        uploads.add(upload, policy.quota(upload.tenant()).storedBytes());
        Calls.json(call, shown(upload, null));
    }

    private void part(Context call) {
        var upload = pending(call);
        var parts = uploads.parts(upload);
        long there = parts.values().stream().mapToLong(Long::longValue).sum();
        Multipart.receive(call, folder, PART_BYTES, "data", form -> {
            var data = form.file("data");
            // twice the file, so that a part may be sent again
            if (there + data.getSize() > 2 * upload.bytes() || parts.size() >= MOST_PARTS) {
                throw ApiError.invalid(
                        "These are more parts than a file of " + upload.bytes() + " bytes needs.", "data");
            }
            var id = Ids.next("part_");
            java.nio.file.Files.move(form.written(data), folder.resolve(id), StandardCopyOption.ATOMIC_MOVE);
            if (!uploads.addPart(upload, id, data.getSize())) {
                remove(List.of(id));
                throw ended(upload);
            }
            Calls.json(call, Map.of("id", id, "object", "upload.part", "created_at", now(), "upload_id", upload.id()));
        });
    }

    private void complete(Context call) {
        var upload = pending(call);
        var body = Body.read(call.bodyInputStream());
        body.only(Set.of("part_ids", "md5"));
        var order = body.texts("part_ids", MOST_PARTS);
        var parts = uploads.parts(upload);
        long bytes = 0;
        for (var id : order) {
            if (!parts.containsKey(id)) {
                throw ApiError.invalid("This upload has no part " + id + ".", "part_ids", "invalid_value");
            }
            bytes += parts.get(id);
        }
        if (bytes != upload.bytes()) {
            throw ApiError.invalid(
                    "The parts have " + bytes + " bytes together, and " + upload.bytes() + " were announced.",
                    "part_ids");
        }
        var file = new StoredFile(
                Ids.next("file-"),
                upload.tenant(),
                now(),
                bytes,
                upload.filename(),
                upload.purpose(),
                upload.life() == null ? null : Long.valueOf(now() + upload.life()));
        var joined = join(order, body.optionalText("md5"));
        if (upload.purpose().equals("fine-tune")) {
            FirstLine.requireObject(joined);
        }
        files.add(file, joined, null); // it had its room since it was announced
        if (!uploads.end(upload, "completed", file.id())) {
            files.delete(upload.tenant(), file.id());
            throw ended(upload);
        }
        remove(parts.keySet());
        Calls.json(call, shown(find(call), file));
    }

    /** One file of all parts; nothing is left of it when it cannot be had. */
    private Path join(List<String> order, @Nullable String md5) {
        var name = Ids.next("joined-");
        try {
            var joined = folder.resolve(name);
            var found = write(order, joined);
            if (md5 != null && !md5.equalsIgnoreCase(found)) {
                throw ApiError.invalid("The file's MD5 is " + found + ", and " + md5 + " was expected.", "md5");
            }
            return joined;
        } catch (RuntimeException e) {
            remove(List.of(name));
            throw e;
        }
    }

    /** Gives the MD5 of what was written. */
    private String write(List<String> order, Path to) {
        try {
            var digest = MessageDigest.getInstance("MD5");
            try (var out = new DigestOutputStream(java.nio.file.Files.newOutputStream(to), digest)) {
                for (var part : order) {
                    try (var in = FileChannel.open(folder.resolve(part), StandardOpenOption.READ)) {
                        Channels.newInputStream(in).transferTo(out);
                    }
                }
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has MD5", e);
        }
    }

    private void cancel(Context call) {
        var upload = pending(call);
        if (!end(upload, "cancelled")) {
            throw ended(upload);
        }
        Calls.json(call, shown(find(call), null));
    }

    private boolean end(Upload upload, String status) {
        boolean ended = uploads.end(upload, status, null);
        if (ended) {
            remove(uploads.parts(upload).keySet());
        }
        return ended;
    }

    private void remove(Iterable<String> parts) {
        try {
            for (var part : parts) {
                java.nio.file.Files.deleteIfExists(folder.resolve(part));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Upload find(Context call) {
        var id = call.pathParam("id");
        return uploads.find(Calls.tenant(call), id)
                .orElseThrow(() -> ApiError.notFound("No such Upload object: " + id, "upload_id", null));
    }

    private Upload pending(Context call) {
        var upload = find(call);
        if (upload.status().equals(Uploads.PENDING) && upload.expiresAt() < now()) {
            end(upload, "expired");
        }
        var now = find(call);
        if (!now.status().equals(Uploads.PENDING)) {
            throw ended(now);
        }
        return now;
    }

    private static ApiError ended(Upload upload) {
        return ApiError.invalid(
                "Upload " + upload.id() + " takes nothing more: it has ended.", "upload_id", "invalid_status");
    }

    private long now() {
        return clock.instant().getEpochSecond();
    }

    private static Map<String, @Nullable Object> shown(Upload upload, @Nullable StoredFile file) {
        var shown = new LinkedHashMap<String, @Nullable Object>();
        shown.put("id", upload.id());
        shown.put("object", "upload");
        shown.put("bytes", upload.bytes());
        shown.put("created_at", upload.createdAt());
        shown.put("expires_at", upload.expiresAt());
        shown.put("filename", upload.filename());
        shown.put("purpose", upload.purpose());
        shown.put("status", upload.status());
        shown.put("file", file == null ? null : FileRoutes.shown(file));
        return shown;
    }
}
