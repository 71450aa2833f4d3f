package plumb.chat;

/**
 * Tokens with their places in the text. Where one character became several tokens, each of them spans the whole
 * character, so neighbouring spans may overlap.
 *
 * @param ids token ids
 * @param starts per token, the index of its first {@code char} in the encoded string
 * @param ends per token, the index after its last {@code char}
 */
@SuppressWarnings("ArrayRecordComponent") // read-only by agreement, as in Rendered
public record Encoded(int[] ids, int[] starts, int[] ends) {}
