package plumb.chat;

import java.util.Arrays;
import java.util.Set;

/**
 * A conversation as the model sees it.
 *
 * @param text the rendered template
 * @param ids its tokens
 * @param mask per token, whether it is a target of the loss (assistant text and the token that ends the turn)
 * @param omissions what of the conversation the model does not see or learn
 */
@SuppressWarnings(
        "ArrayRecordComponent") // read-only by agreement: copies of every row's ids would double the memory of training
// data
public record Rendered(String text, int[] ids, boolean[] mask, Set<Omission> omissions) {

    /** What a template may leave out of a row. */
    public enum Omission {
        /** The system text is not in the row, though it may be in a prompt. */
        SYSTEM_TEXT,
        /** An assistant turn is not learned, as the template does not write its words as they are. */
        TURN
    }

    public Rendered(String text, int[] ids, boolean[] mask) {
        this(text, ids, mask, Set.of());
    }

    /** How many tokens count in the loss. */
    public int targets() {
        int targets = 0;
        for (boolean target : mask) {
            targets += target ? 1 : 0;
        }
        return targets;
    }

    /** The first {@code most} tokens; {@link BadInput} if no target is among them. The text stays whole. */
    public Rendered cutTo(int most) {
        if (ids.length <= most) {
            return this;
        }
        var cut = new Rendered(text, Arrays.copyOf(ids, most), Arrays.copyOf(mask, most), omissions);
        if (cut.targets() == 0) {
            throw new BadInput("this conversation has " + ids.length + " tokens, and cut to " + most
                    + " nothing of the assistant's words is left to learn; raise the limit or drop the row");
        }
        return cut;
    }
}
