package plumb.chat;

import java.util.Arrays;

/**
 * A conversation as the model sees it.
 *
 * @param text the rendered template
 * @param ids its tokens
 * @param mask per token, whether it is a target of the loss (assistant text and the token that ends the turn)
 */
@SuppressWarnings(
        "ArrayRecordComponent") // read-only by agreement: copies of every row's ids would double the memory of training
// data
public record Rendered(String text, int[] ids, boolean[] mask) {

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
        var cut = new Rendered(text, Arrays.copyOf(ids, most), Arrays.copyOf(mask, most));
        if (cut.targets() == 0) {
            throw new BadInput("this conversation has " + ids.length + " tokens, and cut to " + most
                    + " nothing of the assistant's words is left to learn; raise the limit or drop the row");
        }
        return cut;
    }
}
