package plumb.service.store;

import java.time.Clock;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import plumb.chat.BadInput;
import plumb.hash.Sha256;

/**
 * Tenants and their API keys. A key is 40 random letters, so its SHA-256 needs no salt and no slow hash; the key itself
 * is shown once and kept nowhere.
 */
public final class Keys {
    private static final int LETTERS = 40;
    private static final int ID = 12;
    private static final long DAY = 86_400;

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

    /**
     * A key, known.
     *
     * @param id the beginning of its SHA-256: it names the key and opens nothing
     */
    public record Key(String id, String tenant, Set<Scope> scopes) {}

    /**
     * What a new key is to be.
     *
     * @param tenant made when not there yet
     * @param days how long it is good for; none: for ever
     */
    public record Wish(
            String tenant, Set<Scope> scopes, @Nullable Integer days) {
        public Wish {
            if (!tenant.matches("[a-z0-9][a-z0-9-]{0,62}")) {
                throw new BadInput("a tenant's name is 1 to 63 small letters, digits and '-', got " + tenant);
            }
            if (days != null && days < 1) {
                throw new BadInput("a key is good for at least one day, got " + days);
            }
        }

        /** For everything a tenant may, for ever. */
        public Wish(String tenant) {
            this(tenant, Scope.ofTenants(), null);
        }
    }

    /** A new key; what is returned is kept nowhere. */
    public String issue(Wish wish) {
        var key = "sk-plumb-" + Ids.random(LETTERS);
        long now = clock.instant().getEpochSecond();
        database.useTransaction(handle -> {
            handle.execute(
                    "INSERT INTO tenant (name, created_at) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
                    wish.tenant(),
                    now);
            handle.createUpdate("INSERT INTO api_key (hash, tenant, created_at, expires_at, scopes)"
                            + " VALUES (:hash, :tenant, :now, :expires, :scopes)")
                    .bind("hash", Sha256.of(key))
                    .bind("tenant", wish.tenant())
                    .bind("now", now)
                    .bind("expires", wish.days() == null ? null : Long.valueOf(now + wish.days() * DAY))
                    .bind("scopes", Scope.text(wish.scopes()))
                    .execute();
        });
        return key;
    }

    /** What is known of a key; nothing when it is unknown, has expired or was revoked. */
    public Optional<Key> find(String key) {
        var hash = Sha256.of(key);
        return database.jdbi()
                .withHandle(handle -> handle.createQuery("SELECT tenant, scopes FROM api_key WHERE hash = :hash"
                                + " AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :now)")
                        .bind("hash", hash)
                        .bind("now", clock.instant().getEpochSecond())
                        .map((row, _) ->
                                new Key(id(hash), row.getString("tenant"), Scope.parse(row.getString("scopes"))))
                        .findOne());
    }

    /** From now on this key opens nothing; false when there is none of this id. */
    public boolean revoke(String id) {
        return id.matches("[0-9a-f]{" + ID + "}")
                && database.inTransaction(handle -> handle.execute(
                                "UPDATE api_key SET revoked_at = ? WHERE hash LIKE ? AND revoked_at IS NULL",
                                clock.instant().getEpochSecond(),
                                id + "%"))
                        > 0;
    }

    /** Names a key without telling it. */
    public static String idOf(String key) {
        return id(Sha256.of(key));
    }

    private static String id(String hash) {
        return hash.substring(0, ID);
    }
}
