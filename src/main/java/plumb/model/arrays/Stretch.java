package plumb.model.arrays;

import java.util.List;

/**
 * Neighbouring new tokens of one row within a pass.
 *
 * @param past of the row, these tokens included
 * @param pieces where that past is kept
 * @param count of tokens
 * @param offset of the first one among the pass's tokens
 */
record Stretch(Past past, List<Past.Piece> pieces, int count, int offset) {
    /** The first one's place in its row. */
    int position() {
        return past.end() - count;
    }

    /** The last token alone, at another place in the pass. */
    Stretch last(int newOffset) {
        return new Stretch(past, pieces, 1, newOffset);
    }
}
