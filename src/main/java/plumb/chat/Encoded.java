package plumb.chat;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Tokens with their places in the text. Where one character became several tokens, each of them spans the whole
 * character, so neighbouring spans may overlap.
 *
 * @param ids token ids
 * @param starts per token, the index of its first {@code char} in the encoded string
 * @param ends per token, the index after its last {@code char}
 */
@SuppressWarnings("ArrayRecordComponent") // read-only by agreement, as in Rendered
public record Encoded(int[] ids, int[] starts, int[] ends) {

    /** The same tokens in a text that has {@code chars} more in front. */
    Encoded movedBy(int chars) {
        return new Encoded(
                ids,
                Arrays.stream(starts).map(i -> i + chars).toArray(),
                Arrays.stream(ends).map(i -> i + chars).toArray());
    }

    static Encoded joined(List<Encoded> parts) {
        return new Encoded(joined(parts, Encoded::ids), joined(parts, Encoded::starts), joined(parts, Encoded::ends));
    }

    private static int[] joined(List<Encoded> parts, Function<Encoded, int[]> of) {
        return parts.stream()
                .flatMapToInt(part -> Arrays.stream(of.apply(part)))
                .toArray();
    }
}
