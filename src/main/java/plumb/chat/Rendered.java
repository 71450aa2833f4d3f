package plumb.chat;

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
public record Rendered(String text, int[] ids, boolean[] mask) {}
