package plumb.chat;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The letters that stand for bytes in byte-level vocabularies (Radford et al. 2019, GPT-2): printable Latin-1 bytes stand
 * for themselves, the others take the letters from U+0100 on, in order.
 */
final class ByteLetters {
    private final char[] letters = new char[256];

    ByteLetters() {
        char next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || b >= 0xAE;
            letters[b] = printable ? (char) b : next++;
        }
    }

    char of(int unsignedByte) {
        return letters[unsignedByte];
    }

    /** All bytes, sorted by their letters. */
    int[] bytesInLetterOrder() {
        return IntStream.range(0, 256)
                .boxed()
                .sorted(Comparator.comparing(this::of))
                .mapToInt(Integer::intValue)
                .toArray();
    }
}
