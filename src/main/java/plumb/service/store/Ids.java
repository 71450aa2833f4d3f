package plumb.service.store;

import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Names for new things: a prefix, the time, and eight random letters. Later names sort after earlier ones, also as
 * PostgreSQL sorts text, so lists are paged by name; nobody can guess one.
 */
public final class Ids {
    private static final int TIME = 11;
    private static final int RANDOM = 8;
    private static final SecureRandom SECURE = new SecureRandom();
    private static final AtomicLong LAST = new AtomicLong();

    private Ids() {}

    /** A name that no other thing has. */
    public static String next(String prefix) {
        long now = System.currentTimeMillis() << 10;
        long unique = LAST.updateAndGet(last -> Math.max(last + 1, now));
        var time = Long.toString(unique, Character.MAX_RADIX);
        return prefix + "0".repeat(TIME - time.length()) + time + random(RANDOM);
    }

    /** The random end of a name. */
    public static String ending(String id) {
        return id.substring(id.length() - RANDOM);
    }

    /** So many random letters and digits. */
    public static String random(int letters) {
        var text = new StringBuilder();
        SECURE.ints(letters, 0, Character.MAX_RADIX)
                .forEach(n -> text.append(Character.forDigit(n, Character.MAX_RADIX)));
        return text.toString();
    }
}
