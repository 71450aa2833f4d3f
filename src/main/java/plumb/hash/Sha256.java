package plumb.hash;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 in lower-case hexadecimal digits: of a text at once, or of whatever is added to a digest piece by piece. */
public final class Sha256 {
    private Sha256() {}

    /** Of the text in UTF-8. */
    public static String of(String text) {
        var digest = start();
        add(text, digest);
        return hex(digest);
    }

    /** A digest of nothing so far. */
    public static MessageDigest start() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** Adds the text in UTF-8. */
    public static void add(String text, MessageDigest digest) {
        digest.update(text.getBytes(StandardCharsets.UTF_8));
    }

    /** What was added, as 64 digits; the digest starts over. */
    public static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
