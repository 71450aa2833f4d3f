package plumb.service.store;

import org.jspecify.annotations.Nullable;

/** A file somebody uploaded; its bytes lie on disk under its id. */
public record StoredFile(
        String id,
        String tenant,
        long createdAt,
        long bytes,
        String filename,
        String purpose,
        @Nullable Long expiresAt) {}
