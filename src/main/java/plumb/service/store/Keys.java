package plumb.service.store;

import java.time.Clock;
import java.util.Optional;
import plumb.hash.Sha256;

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
            handle.execute(
                    "INSERT INTO api_key (hash, tenant, created_at) VALUES (?, ?, ?)", Sha256.of(key), tenant, now);
        });
        return key;
    }

    /** Whose key this is; nobody's when it is unknown or has expired. */
    public Optional<String> tenant(String key) {
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT tenant FROM api_key WHERE hash = :hash"
                                + " AND (expires_at IS NULL OR expires_at > :now)")
                        .bind("hash", Sha256.of(key))
                        .bind("now", clock.instant().getEpochSecond())
                        .mapTo(String.class)
                        .findOne());
    }
}
