package plumb.service;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Damages bodies, as broken clients, cut connections and curious people do. */
record Mutation(Random random) {
    private static final List<String> STRANGE = List.of(
            "null",
            "[]",
            "{}",
            "\"\"",
            "-1",
            "1e999",
            "99999999999999999999999999",
            "true",
            "\"\\u0000\"",
            "\"\\ud800\"",
            "\"../../../etc/passwd\"",
            "\"'; DROP TABLE job; --\"",
            "\"${jndi:ldap://x}\"",
            "NaN",
            "[".repeat(3000),
            "{\"a\":".repeat(1500),
            "\"" + "x".repeat(70_000) + "\"");

    /** One to three things go wrong. */
    byte[] damaged(String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        for (int i = random.nextInt(3); i >= 0; i--) {
            bytes = once(bytes);
        }
        return bytes;
    }

    private byte[] once(byte[] bytes) {
        int at = random.nextInt(bytes.length + 1);
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> flipped(bytes, at);
            case 2 -> joined(bytes, at, noise(), at);
            case 3 -> joined(bytes, at, new byte[0], Math.min(bytes.length, at + 1 + random.nextInt(9)));
            case 4 -> joined(bytes, at, bytes, at);
            default -> strangeValue(bytes);
        };
    }

    private byte[] flipped(byte[] bytes, int at) {
        var other = bytes.clone();
        if (at < other.length) {
            other[at] ^= (byte) (1 << random.nextInt(8));
        }
        return other;
    }

    private byte[] noise() {
        var noise = new byte[1 + random.nextInt(20)];
        random.nextBytes(noise);
        return noise;
    }

    private static byte[] joined(byte[] bytes, int at, byte[] between, int from) {
        var all = Arrays.copyOf(bytes, at + between.length + bytes.length - from);
        System.arraycopy(between, 0, all, at, between.length);
        System.arraycopy(bytes, from, all, at + between.length, bytes.length - from);
        return all;
    }

    /** What stands after some colon becomes something else. */
    private byte[] strangeValue(byte[] bytes) {
        var text = new String(bytes, StandardCharsets.UTF_8);
        int colon = text.indexOf(':', random.nextInt(text.length() + 1));
        if (colon < 0) {
            return bytes;
        }
        var strange = STRANGE.get(random.nextInt(STRANGE.size()));
        var rest = text.substring(colon + 1).replaceFirst("(?s)^\\s*(\"[^\"]*\"|[^,}\\]]+)", "");
        return (text.substring(0, colon + 1) + strange + rest).getBytes(StandardCharsets.UTF_8);
    }
}
