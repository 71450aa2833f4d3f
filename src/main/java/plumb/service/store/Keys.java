package plumb.service.store;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Tenants and their API keys. A key is 40 random letters, so its SHA-256 needs no salt and no slow hash; the key itself
 * is shown once and kept nowhere.
 */
public final class Keys {
    private static final int LETTERS = 40;

    private final Database database;
    private final Clock clock;

    public Keys(Database database, Clock clock) {
        this.database = database;
        this.clock = clock;
    }

    /** Whether there is any key yet. */
    public boolean isEmpty() {
        return database.jdbi()
                        .withHandle(handle -> handle.createQuery("SELECT COUNT(*) FROM api_key")
                                .mapTo(Long.class)
                                .one())
                == 0;
    }

    /** A new key for a tenant, who is made when not there yet. */
    public String issue(String tenant) {
        var key = "sk-plumb-" + Ids.random(LETTERS);
        long now = clock.instant().getEpochSecond();
        database.jdbi().useTransaction(handle -> {
            handle.execute(
                    "INSERT INTO tenant (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING", tenant, now);
            handle.execute("INSERT INTO api_key (hash, tenant, created_at) VALUES (?, ?, ?)", sha256(key), tenant, now);
        });
        return key;
    }

    /** Whose key this is; nobody's when it is unknown or has expired. */
    public Optional<String> tenant(String key) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT tenant FROM api_key WHERE hash = :hash"
                                + " AND (expires_at IS NULL OR expires_at > :now)")
                        .bind("hash", sha256(key))
                        .bind("now", clock.instant().getEpochSecond())
                        .mapTo(String.class)
                        .findOne());
    }

    /** As hexadecimal digits. */
    public static String sha256(String text) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
